#include "base/config.hpp"

#include "base/config_keys.hpp"

#include <toml++/toml.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace parley {

namespace {

using Failure = std::optional<Error>;

constexpr std::string_view environment_prefix = "PARLEY_";

Error config_error(const std::string& where, std::string_view key, std::string_view what) {
    std::string message = where;
    message.append(": ").append(key).append(" ").append(what);
    return make_error(Errc::invalid_field, std::move(message), std::string(key));
}

Error unknown_key(const std::string& where, std::string_view name) {
    const std::string_view nearest = nearest_config_key(name);
    std::string what = "is not a key of the configuration";
    if (!nearest.empty()) what.append("; did you mean ").append(nearest).append("?");
    return config_error(where, name, what);
}

// Two numbers of which the lower may not exceed the higher.
struct Relation {
    std::string_view lower;
    std::string_view higher;
    bool may_be_equal;
};

constexpr std::array relations{
    Relation{"limits.name_chars_min", "limits.name_chars_max", true},
    Relation{"limits.password_chars_min", "limits.password_chars_max", true},
    Relation{"limits.comment_bytes_max", "limits.json_body_bytes_max", false},
    Relation{"limits.article_bytes_max", "limits.article_body_bytes_max", false},
    Relation{"limits.writer_batch_count_max", "limits.writer_queue_count_max", true},
    Relation{"limits.live_ping_interval_ms", "limits.live_idle_timeout_ms", false},
};

// Merges one source after the other into a configuration, and remembers where each value came from.
class Merger {
public:
    Failure merge_file(const std::string& path);
    Failure merge_environment(const std::map<std::string, std::string>& variables);
    Failure merge_set(const std::string& text);
    [[nodiscard]] Failure check_relations() const;
    [[nodiscard]] Config take() { return std::move(config_); }

private:
    Failure merge_section(const std::string& path, std::string_view section,
                          const toml::table& table);
    Failure store(const ConfigKey& key, ConfigValue value, const std::string& where);
    [[nodiscard]] std::string origin(std::string_view key) const;

    Config config_;
    std::map<std::string_view, std::string> origins_;
};

std::string position(const std::string& path, const toml::source_position& at) {
    if (!at) return path;
    return path + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

result<std::string> read_file(const std::string& path) {
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
    std::string text;
    std::array<char, 4096> block{};
    std::size_t count = 0;
    while (file && (count = std::fread(block.data(), 1, block.size(), file.get())) > 0) {
        text.append(block.data(), count);
    }
    // A directory opens but cannot be read.
    if (!file || std::ferror(file.get()) != 0) {
        const std::string reason = std::generic_category().message(errno);
        return make_error(Errc::not_found, path + ": the configuration cannot be read: " + reason);
    }
    return text;
}

// Nothing where TOML has a type that no key takes, a date for instance.
std::optional<ConfigValue> from_toml(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return number->get();
    if (const auto* flag = node.as_boolean()) return flag->get();
    const toml::array* array = node.as_array();
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> items;
    for (const toml::node& item : *array) {
        const auto* text = item.as_string();
        if (text == nullptr) return std::nullopt;
        items.push_back(text->get());
    }
    return items;
}

Failure Merger::merge_file(const std::string& path) {
    const result<std::string> text = read_file(path);
    if (!text) return text.error();
    try {
        const toml::table root = toml::parse(*text, path);
        for (const auto& [name, node] : root) {
            const std::string where = position(path, name.source().begin);
            const toml::table* table = node.as_table();
            if (!is_config_section(name.str()) && (table == nullptr || table->empty())) {
                return unknown_key(where, name.str());
            }
            if (table == nullptr) {
                return config_error(
                    where, name.str(),
                    "is a section and must be a table, like [" + std::string(name.str()) + "]");
            }
            if (Failure failure = merge_section(path, name.str(), *table)) return failure;
        }
    } catch (const toml::parse_error& error) {
        return make_error(Errc::malformed, position(path, error.source().begin) + ": " +
                                               std::string(error.description()));
    }
    return std::nullopt;
}

Failure Merger::merge_section(const std::string& path, std::string_view section,
                              const toml::table& table) {
    for (const auto& [name, node] : table) {
        const std::string where = position(path, name.source().begin);
        const std::string full = std::string(section) + "." + std::string(name.str());
        const ConfigKey* key = find_config_key(full);
        if (key == nullptr) return unknown_key(where, full);
        std::optional<ConfigValue> value = from_toml(node);
        if (!value) return config_error(where, full, "must be " + describe_allowed(*key));
        if (Failure failure = store(*key, *std::move(value), where)) return failure;
    }
    return std::nullopt;
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

Failure Merger::merge_environment(const std::map<std::string, std::string>& variables) {
    for (const auto& [variable, text] : variables) {
        if (!variable.starts_with(environment_prefix)) continue;
        const std::string name = lower_case(variable.substr(environment_prefix.size()));
        const std::size_t underscore = name.find('_');
        const std::string section = name.substr(0, underscore);
        // Others have variables of this prefix too: Kubernetes sets PARLEY_SERVICE_HOST and more
        // where there is a service of that name.
        if (underscore == std::string::npos || !is_config_section(section)) continue;
        const std::string full = section + "." + name.substr(underscore + 1);
        const std::string where = "environment variable " + variable;
        const ConfigKey* key = find_config_key(full);
        if (key == nullptr) return unknown_key(where, full);
        if (Failure failure = store(*key, parse_config_text(*key, text), where)) return failure;
    }
    return std::nullopt;
}

Failure Merger::merge_set(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
        return config_error("--set", text, "needs a value: write --set key=value");
    }
    const std::string name = text.substr(0, equals);
    const ConfigKey* key = find_config_key(name);
    if (key == nullptr) return unknown_key("--set", name);
    return store(*key, parse_config_text(*key, std::string_view(text).substr(equals + 1)), "--set");
}

Failure Merger::store(const ConfigKey& key, ConfigValue value, const std::string& where) {
    if (const Complaint complaint = assign(config_, key, std::move(value))) {
        return config_error(where, key.name, *complaint);
    }
    origins_[key.name] = where;
    return std::nullopt;
}

std::string Merger::origin(std::string_view key) const {
    const auto found = origins_.find(key);
    return found == origins_.end() ? "default" : found->second;
}

Failure Merger::check_relations() const {
    const auto number = [this](std::string_view name) {
        return std::get<NumberKey>(find_config_key(name)->kind).read(config_);
    };
    for (const Relation& relation : relations) {
        const std::int64_t lower = number(relation.lower);
        const std::int64_t higher = number(relation.higher);
        if (lower < higher || (relation.may_be_equal && lower == higher)) continue;
        // The message begins with the value that somebody set; at least one of the two is.
        const bool lower_was_set = origins_.contains(relation.lower);
        const std::string_view subject = lower_was_set ? relation.lower : relation.higher;
        const std::string_view other = lower_was_set ? relation.higher : relation.lower;
        std::string what = lower_was_set ? "must be below " : "must be above ";
        if (relation.may_be_equal) what = lower_was_set ? "must be at most " : "must be at least ";
        what.append(other).append(", which is ");
        what.append(std::to_string(number(other))).append(" (").append(origin(other)).append(")");
        return config_error(origin(subject), subject, what);
    }
    if (config_.bus.url != "local:" && config_.bus.secret.empty()) {
        return config_error(origin("bus.url"), "bus.secret",
                            "must be set where bus.url is not local:, the same on every instance");
    }
    return std::nullopt;
}

}  // namespace

result<Config> load_config(const ConfigSources& sources) {
    Merger merger;
    if (!sources.file.empty()) {
        if (Failure failure = merger.merge_file(sources.file)) return *std::move(failure);
    }
    if (Failure failure = merger.merge_environment(sources.environment)) return *std::move(failure);
    for (const std::string& set : sources.sets) {
        if (Failure failure = merger.merge_set(set)) return *std::move(failure);
    }
    if (Failure failure = merger.check_relations()) return *std::move(failure);
    return merger.take();
}

std::vector<std::pair<std::string, std::string>> default_config_values() {
    const Config defaults;
    std::vector<std::pair<std::string, std::string>> values;
    for (const ConfigKey& key : config_keys()) {
        values.emplace_back(key.name, write_toml_value(defaults, key));
    }
    return values;
}

}  // namespace parley
