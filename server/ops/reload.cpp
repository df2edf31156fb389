#include "ops/reload.hpp"

#include "base/config_keys.hpp"

#include <algorithm>
#include <array>

namespace parley {

namespace {

constexpr std::array<std::string_view, 12> reloadable{
    "log.level",
    "log.format",
    "log.slow_request_ms",
    "log.slow_commit_ms",
    "site.origins",
    "identity.signup",
    "limits.rates_enabled",
    "limits.posts_per_minute_max",
    "limits.votes_per_minute_max",
    "limits.sign_ins_per_minute_max",
    "limits.sign_ups_per_hour_max",
    "limits.tickets_per_minute_max",
};

}  // namespace

bool is_reloadable(std::string_view key) noexcept {
    return std::find(reloadable.begin(), reloadable.end(), key) != reloadable.end();
}

ConfigChanges changes_between(const Config& running, const Config& fresh) {
    ConfigChanges changes;
    for (const ConfigKey& key : config_keys()) {
        if (write_toml_value(running, key) == write_toml_value(fresh, key)) continue;
        (is_reloadable(key.name) ? changes.applied : changes.waiting).emplace_back(key.name);
    }
    return changes;
}

Config merged_for_reload(const Config& running, const Config& fresh) {
    Config merged = running;
    merged.log = fresh.log;
    merged.site.origins = fresh.site.origins;
    merged.identity.signup = fresh.identity.signup;
    merged.limits.rates_enabled = fresh.limits.rates_enabled;
    merged.limits.posts_per_minute_max = fresh.limits.posts_per_minute_max;
    merged.limits.votes_per_minute_max = fresh.limits.votes_per_minute_max;
    merged.limits.sign_ins_per_minute_max = fresh.limits.sign_ins_per_minute_max;
    merged.limits.sign_ups_per_hour_max = fresh.limits.sign_ups_per_hour_max;
    merged.limits.tickets_per_minute_max = fresh.limits.tickets_per_minute_max;
    return merged;
}

}  // namespace parley
