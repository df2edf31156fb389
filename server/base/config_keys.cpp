#include "base/config_keys.hpp"

#include <algorithm>
#include <array>

namespace parley {

namespace {

constexpr std::array<std::string_view, 2> signup_choices{"open", "closed"};
constexpr std::array<std::string_view, 4> level_choices{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> format_choices{"json", "text"};

// Each builder takes the member of Config that is a section, and the member of that section.
template <auto Section, auto Member>
constexpr ConfigKey text(std::string_view name, Complaint (*check)(std::string_view)) {
    return {name, TextKey{[](Config& c) -> std::string& { return c.*Section.*Member; }, check}};
}

template <auto Section, auto Member>
constexpr ConfigKey list(std::string_view name, Complaint (*check)(std::string_view)) {
    return {name, ListKey{[](Config& c) -> std::vector<std::string>& { return c.*Section.*Member; },
                          check}};
}

template <auto Section, auto Member>
constexpr ConfigKey flag(std::string_view name) {
    return {name, FlagKey{[](Config& c) -> bool& { return c.*Section.*Member; }}};
}

template <auto Section, auto Member>
constexpr ConfigKey number(std::string_view name, std::int64_t lowest, std::int64_t highest,
                           std::string_view reason = {}) {
    return {name, NumberKey{[](const Config& c) { return std::int64_t{c.*Section.*Member}; },
                            [](Config& c, std::int64_t value) {
                                auto& place = c.*Section.*Member;
                                place =
                                    static_cast<std::remove_reference_t<decltype(place)>>(value);
                            },
                            lowest, highest, reason}};
}

template <auto Member>
constexpr ConfigKey limit(std::string_view name, std::int64_t lowest, std::int64_t highest) {
    return number<&Config::limits, Member>(name, lowest, highest);
}

template <auto Section, auto Member>
constexpr ConfigKey choice(std::string_view name, std::span<const std::string_view> choices) {
    return {name,
            ChoiceKey{choices,
                      [](const Config& c) { return static_cast<std::size_t>(c.*Section.*Member); },
                      [](Config& c, std::size_t value) {
                          auto& place = c.*Section.*Member;
                          place = static_cast<std::remove_reference_t<decltype(place)>>(value);
                      }}};
}

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;
constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t year_s = std::int64_t{365} * 24 * 3600;

// The one table of keys. A range says what can work at all, not what is wise.
constexpr std::array keys{
    text<&Config::server, &Config::Server::host>("server.host", check_host),
    number<&Config::server, &Config::Server::port>("server.port", 0, 65'535),
    number<&Config::server, &Config::Server::threads>("server.threads", 1, 64),
    text<&Config::server, &Config::Server::instance>("server.instance", check_instance),
    list<&Config::server, &Config::Server::trusted_proxies>("server.trusted_proxies",
                                                            check_address_block),

    text<&Config::ops, &Config::Ops::host>("ops.host", check_host),
    number<&Config::ops, &Config::Ops::port>("ops.port", 0, 65'535),
    number<&Config::ops, &Config::Ops::stats_interval_ms>("ops.stats_interval_ms", 0, hour_ms),

    text<&Config::store, &Config::Store::url>("store.url", check_store_url),

    text<&Config::bus, &Config::Bus::url>("bus.url", check_bus_url),
    text<&Config::bus, &Config::Bus::secret>("bus.secret", check_bus_secret),

    number<&Config::live, &Config::Live::flush_window_max_ms>("live.flush_window_max_ms", 0,
                                                              10'000),
    number<&Config::live, &Config::Live::sweep_interval_ms>("live.sweep_interval_ms", 10,
                                                            minute_ms),

    text<&Config::site, &Config::Site::name>("site.name", check_site_name),
    text<&Config::site, &Config::Site::url>("site.url", check_site_url),
    list<&Config::site, &Config::Site::origins>("site.origins", check_origin),

    choice<&Config::identity, &Config::Identity::signup>("identity.signup", signup_choices),

    choice<&Config::log, &Config::LogSettings::level>("log.level", level_choices),
    choice<&Config::log, &Config::LogSettings::format>("log.format", format_choices),
    number<&Config::log, &Config::LogSettings::slow_request_ms>("log.slow_request_ms", 0, hour_ms),
    number<&Config::log, &Config::LogSettings::slow_commit_ms>("log.slow_commit_ms", 0, hour_ms),

    limit<&Limits::comment_bytes_max>("limits.comment_bytes_max", 1, mib),
    limit<&Limits::article_bytes_max>("limits.article_bytes_max", 1, 16 * mib),
    limit<&Limits::name_chars_min>("limits.name_chars_min", 1, 100),
    limit<&Limits::name_chars_max>("limits.name_chars_max", 1, 100),
    limit<&Limits::password_chars_min>("limits.password_chars_min", 8, 128),
    limit<&Limits::password_chars_max>("limits.password_chars_max", 64, 1'024),
    limit<&Limits::edit_window_s>("limits.edit_window_s", 0, year_s),

    limit<&Limits::json_body_bytes_max>("limits.json_body_bytes_max", kib, 16 * mib),
    limit<&Limits::article_body_bytes_max>("limits.article_body_bytes_max", kib, 64 * mib),
    limit<&Limits::header_bytes_max>("limits.header_bytes_max", kib, mib),
    limit<&Limits::request_header_timeout_ms>("limits.request_header_timeout_ms", 100, hour_ms),
    limit<&Limits::request_body_timeout_ms>("limits.request_body_timeout_ms", 100, hour_ms),
    limit<&Limits::keep_alive_timeout_ms>("limits.keep_alive_timeout_ms", 100, hour_ms),
    limit<&Limits::connections_max>("limits.connections_max", 1, 1'000'000),
    limit<&Limits::connections_per_address_max>("limits.connections_per_address_max", 1, 1'000'000),

    limit<&Limits::outbox_bytes_max>("limits.outbox_bytes_max", 4 * kib, 64 * mib),
    limit<&Limits::client_frame_bytes_max>("limits.client_frame_bytes_max", kib, mib),
    limit<&Limits::subscriptions_per_connection_max>("limits.subscriptions_per_connection_max", 1,
                                                     10'000),
    limit<&Limits::live_ping_interval_ms>("limits.live_ping_interval_ms", 100, hour_ms),
    limit<&Limits::live_idle_timeout_ms>("limits.live_idle_timeout_ms", 200, hour_ms),

    limit<&Limits::writer_queue_count_max>("limits.writer_queue_count_max", 1, 100'000),
    limit<&Limits::writer_batch_count_max>("limits.writer_batch_count_max", 1, 10'000),
    limit<&Limits::command_deadline_ms>("limits.command_deadline_ms", 10, 10 * minute_ms),
    limit<&Limits::reader_threads_count>("limits.reader_threads_count", 1, 64),
    limit<&Limits::reader_queue_count_max>("limits.reader_queue_count_max", 1, 100'000),
    limit<&Limits::password_queue_count_max>("limits.password_queue_count_max", 1, 10'000),
    limit<&Limits::drain_deadline_ms>("limits.drain_deadline_ms", 0, 10 * minute_ms),
    limit<&Limits::drain_spread_ms>("limits.drain_spread_ms", 0, minute_ms),

    flag<&Config::limits, &Limits::rates_enabled>("limits.rates_enabled"),
    limit<&Limits::posts_per_minute_max>("limits.posts_per_minute_max", 1, 1'000'000),
    limit<&Limits::votes_per_minute_max>("limits.votes_per_minute_max", 1, 1'000'000),
    limit<&Limits::sign_ins_per_minute_max>("limits.sign_ins_per_minute_max", 1, 1'000'000),
    limit<&Limits::sign_ups_per_hour_max>("limits.sign_ups_per_hour_max", 1, 1'000'000),
    limit<&Limits::tickets_per_minute_max>("limits.tickets_per_minute_max", 1, 1'000'000),
    limit<&Limits::rate_buckets_count_max>("limits.rate_buckets_count_max", 100, 10'000'000),
};

constexpr std::string_view limits_section = "limits.";

constexpr std::size_t count_limits() {
    std::size_t count = 0;
    for (const ConfigKey& key : keys) count += key.name.starts_with(limits_section) ? 1U : 0U;
    return count;
}
// All members of Limits take four bytes (the flag with its padding), so a forgotten one shows.
static_assert(count_limits() * sizeof(std::uint32_t) == sizeof(Limits),
              "each member of Limits needs a key");

std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[to.size()];
}

std::string_view without_section(std::string_view name) { return name.substr(name.find('.') + 1); }

}  // namespace

std::span<const ConfigKey> config_keys() noexcept { return keys; }

const ConfigKey* find_config_key(std::string_view name) noexcept {
    const auto* found = std::ranges::find(keys, name, &ConfigKey::name);
    return found == keys.end() ? nullptr : found;
}

bool is_config_section(std::string_view name) noexcept {
    return std::ranges::any_of(keys, [name](const ConfigKey& key) {
        return key.name.substr(0, key.name.find('.')) == name;
    });
}

std::string_view nearest_config_key(std::string_view name) {
    constexpr std::size_t name_chars_max = 100;
    if (name.size() > name_chars_max) return {};
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const ConfigKey& key : keys) {
        // The right name in the wrong section is nearer than any misspelling.
        const bool other_section = without_section(key.name) == without_section(name);
        const std::size_t distance = other_section ? 1 : edit_distance(name, key.name);
        if (distance < least) {
            least = distance;
            nearest = key.name;
        }
    }
    return nearest;
}

}  // namespace parley
