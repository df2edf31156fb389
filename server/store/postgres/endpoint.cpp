#include "store/postgres/endpoint.hpp"

#include "base/limits.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>

namespace parley::postgres {

namespace {

struct OptionsDeleter {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
struct TextDeleter {
    void operator()(char* text) const noexcept { PQfreemem(text); }
};

std::string milliseconds(std::chrono::milliseconds time) { return std::to_string(time.count()); }

// What libpq would leave to the system: minutes until a dead host is noticed.
Parameters defaults() {
    return {{"application_name", "parley"},
            {"client_encoding", "UTF8"},
            // Of several hosts, the one that takes writes.
            {"target_session_attrs", "primary"},
            {"tcp_user_timeout", milliseconds(store_unacknowledged_timeout_ms)},
            {"keepalives_idle", "10"},
            {"keepalives_interval", "5"},
            {"keepalives_count", "3"}};
}

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

const std::string* find(const Parameters& parameters, std::string_view name) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [name](const auto& one) { return one.first == name; });
    return found == parameters.end() ? nullptr : &found->second;
}

// libpq tries several hosts only one after another, without a deadline for each where it does not
// block.
std::vector<Parameters> one_for_each_host(const Parameters& all) {
    constexpr std::array<std::string_view, 3> lists{"host", "hostaddr", "port"};
    std::size_t count = 1;
    for (const std::string_view name : {lists[0], lists[1]}) {
        if (const std::string* list = find(all, name)) count = std::max(count, split(*list).size());
    }
    std::vector<Parameters> each(count);
    for (const auto& [name, value] : all) {
        const bool is_list = std::find(lists.begin(), lists.end(), name) != lists.end();
        const std::vector<std::string> parts = is_list ? split(value) : std::vector{value};
        for (std::size_t i = 0; i < count; ++i) {
            each[i].emplace_back(name, parts.size() == 1 ? parts[0] : parts.at(i));
        }
    }
    return each;
}

// Every list must be as long as the others, or one value for all.
bool lists_fit(const Parameters& all) {
    std::size_t longest = 1;
    for (const char* name : {"host", "hostaddr"}) {
        if (const std::string* list = find(all, name)) {
            longest = std::max(longest, split(*list).size());
        }
    }
    return std::all_of(all.begin(), all.end(), [longest](const auto& one) {
        const bool is_list = one.first == "host" || one.first == "hostaddr" || one.first == "port";
        const std::size_t size = is_list ? split(one.second).size() : 1;
        return size == 1 || size == longest;
    });
}

}  // namespace

result<std::vector<Parameters>> parse_endpoint(std::string_view url) {
    char* complaint = nullptr;
    const std::unique_ptr<PQconninfoOption, OptionsDeleter> options(
        PQconninfoParse(std::string(url).c_str(), &complaint));
    const std::unique_ptr<char, TextDeleter> complaint_owner(complaint);
    if (!options) {
        return make_error(Errc::unavailable,
                          "The address of the store cannot be read. It is "
                          "postgresql://USER@HOST:PORT/DATABASE, with % and two hexadecimal digits "
                          "for characters like @ : / in a name or password.",
                          "store.url");
    }
    Parameters given;
    for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
        if (one->val != nullptr) given.emplace_back(one->keyword, one->val);
    }
    for (auto& [name, value] : defaults()) {
        if (find(given, name) == nullptr) given.emplace_back(name, value);
    }
    if (!lists_fit(given)) {
        return make_error(Errc::unavailable,
                          "The address of the store names more hosts than ports, or the other way "
                          "round.",
                          "store.url");
    }
    return one_for_each_host(given);
}

std::string name_of(const Parameters& parameters) {
    const auto value = [&](std::string_view name, const char* otherwise) {
        const std::string* found = find(parameters, name);
        return found == nullptr || found->empty() ? std::string(otherwise) : *found;
    };
    const std::string address = value("hostaddr", "localhost");
    return value("host", address.c_str()) + ":" + value("port", "5432") + "/" + value("dbname", "");
}

}  // namespace parley::postgres
