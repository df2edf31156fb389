#include "ops/reload.hpp"

#include "base/config_keys.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using Names = std::vector<std::string>;

TEST(Reload, NothingChangedIsNothing) {
    const ConfigChanges changes = changes_between(Config{}, Config{});
    EXPECT_TRUE(changes.applied.empty());
    EXPECT_TRUE(changes.waiting.empty());
}

TEST(Reload, TellsWhatIsTakenOverFromWhatWaits) {
    const Config running;
    Config fresh;
    fresh.log.level = LogLevel::debug;
    fresh.site.origins = {"https://www.example.com"};
    fresh.limits.posts_per_minute_max = 99;
    fresh.server.port = 1;
    fresh.bus.secret = std::string(40, 's');
    fresh.limits.comment_bytes_max = 5;
    const ConfigChanges changes = changes_between(running, fresh);
    EXPECT_EQ(changes.applied, (Names{"site.origins", "log.level", "limits.posts_per_minute_max"}));
    EXPECT_EQ(changes.waiting, (Names{"server.port", "bus.secret", "limits.comment_bytes_max"}));
    const Config merged = merged_for_reload(running, fresh);
    EXPECT_EQ(merged.log.level, LogLevel::debug);
    EXPECT_EQ(merged.site.origins, fresh.site.origins);
    EXPECT_EQ(merged.limits.posts_per_minute_max, 99U);
    EXPECT_EQ(merged.server.port, running.server.port);
    EXPECT_EQ(merged.limits.comment_bytes_max, running.limits.comment_bytes_max);
    // What waits is named again the next time.
    EXPECT_EQ(changes_between(merged, fresh).applied, Names{});
    EXPECT_EQ(changes_between(merged, fresh).waiting, changes.waiting);
}

// A value that differs from the default, whatever the key's type.
ConfigValue another_value(const Config& config, const ConfigKey& key) {
    if (const auto* number = std::get_if<NumberKey>(&key.kind)) {
        const std::int64_t now = number->read(config);
        return now < number->highest ? now + 1 : now - 1;
    }
    if (std::holds_alternative<FlagKey>(key.kind)) return write_toml_value(config, key) == "false";
    if (const auto* choice = std::get_if<ChoiceKey>(&key.kind)) {
        return std::string(choice->choices[choice->read(config) == 0 ? 1 : 0]);
    }
    return std::vector<std::string>{"https://other.example.com"};
}

// Each key that is said to be taken over is, and no other.
TEST(Reload, EveryKeyDoesWhatIsSaidOfIt) {
    const Config running;
    for (const ConfigKey& key : config_keys()) {
        if (std::holds_alternative<TextKey>(key.kind)) {
            EXPECT_FALSE(is_reloadable(key.name)) << key.name;
            continue;
        }
        if (std::holds_alternative<ListKey>(key.kind) && !is_reloadable(key.name)) continue;
        Config fresh;
        const Complaint complaint = assign(fresh, key, another_value(running, key));
        ASSERT_EQ(complaint, std::nullopt) << key.name;
        const std::string after = write_toml_value(merged_for_reload(running, fresh), key);
        EXPECT_EQ(after == write_toml_value(fresh, key), is_reloadable(key.name)) << key.name;
    }
}

}  // namespace
}  // namespace parley
