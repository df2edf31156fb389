#pragma once

#include "base/config.hpp"
#include "base/config_checks.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley {

// A value as it was written, before it is known whether its key takes it.
using ConfigValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

struct TextKey {
    std::string& (*at)(Config&);
    Complaint (*check)(std::string_view);
};

struct ListKey {
    std::vector<std::string>& (*at)(Config&);
    Complaint (*check)(std::string_view);  // of each item
};

struct FlagKey {
    bool& (*at)(Config&);
};

struct NumberKey {
    std::int64_t (*read)(const Config&);
    void (*write)(Config&, std::int64_t);
    std::int64_t lowest;
    std::int64_t highest;
    std::string_view reason;  // why the range is what it is, where that is not plain; may be empty
};

struct ChoiceKey {
    std::span<const std::string_view> choices;  // in the order of the enum
    std::size_t (*read)(const Config&);
    void (*write)(Config&, std::size_t);
};

// One key of the configuration: all that is known of it. config/README.md explains what it is for.
struct ConfigKey {
    std::string_view name;  // "server.port"
    std::variant<TextKey, ListKey, FlagKey, NumberKey, ChoiceKey> kind;
};

// Every key, in the order of config/parley.toml. Lives as long as the program.
[[nodiscard]] std::span<const ConfigKey> config_keys() noexcept;
[[nodiscard]] const ConfigKey* find_config_key(std::string_view name) noexcept;
[[nodiscard]] bool is_config_section(std::string_view name) noexcept;

// The key that somebody who wrote `name` most likely meant; empty where none is near.
[[nodiscard]] std::string_view nearest_config_key(std::string_view name);

// Reads the text of an environment variable or of --set, by the type of the key. Lists are
// separated by commas. A text that the type cannot be read from comes back as text, for assign to
// refuse.
[[nodiscard]] ConfigValue parse_config_text(const ConfigKey& key, std::string_view text);

// Checks type and range and stores the value, or says what the key allows and leaves `config`
// alone.
[[nodiscard]] Complaint assign(Config& config, const ConfigKey& key, ConfigValue value);

// What a value of this key has to be, as the end of "must be".
[[nodiscard]] std::string describe_allowed(const ConfigKey& key);

// The key's present value as TOML writes it.
[[nodiscard]] std::string write_toml_value(const Config& config, const ConfigKey& key);

}  // namespace parley
