// The files in config/ against the table of keys.
#include "base/config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace parley {
namespace {

const std::string config_folder = PARLEY_SOURCE_DIR "/config/";

std::string read_text(const std::string& path) {
    std::ifstream in(path);
    EXPECT_TRUE(in.is_open()) << path;
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The keys and values of a file in its order, and whether each group of keys follows a comment.
struct FileKeys {
    std::vector<std::pair<std::string, std::string>> values;
    std::vector<std::string> without_comment;
};

FileKeys read_keys(const std::string& path) {
    FileKeys keys;
    std::ifstream in(path);
    EXPECT_TRUE(in.is_open()) << path;
    std::string section;
    bool explained = false;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.starts_with('[')) {
            if (!line.empty()) section = line.substr(1, line.size() - 2);
            explained = false;
        } else if (line.starts_with('#')) {
            explained = true;
        } else {
            const std::size_t equals = line.find(" = ");
            const std::string name = section + "." + line.substr(0, equals);
            keys.values.emplace_back(name, line.substr(equals + 3));
            if (!explained) keys.without_comment.push_back(name);
        }
    }
    return keys;
}

TEST(ConfigFiles, TheDefaultFileHoldsTheDefaults) {
    const FileKeys keys = read_keys(config_folder + "parley.toml");
    EXPECT_EQ(keys.values, default_config_values());
    EXPECT_EQ(keys.without_comment, std::vector<std::string>{});
}

TEST(ConfigFiles, TheDefaultFileLoads) {
    const auto loaded =
        load_config({.file = config_folder + "parley.toml", .environment = {}, .sets = {}});
    ASSERT_TRUE(loaded) << loaded.error().message;
}

TEST(ConfigFiles, TheProductionExampleLoads) {
    const auto loaded =
        load_config({.file = config_folder + "production.toml", .environment = {}, .sets = {}});
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_TRUE(loaded->site.url.starts_with("https://"));
    EXPECT_FALSE(loaded->server.trusted_proxies.empty());
}

TEST(ConfigFiles, TheReadmeExplainsEveryKey) {
    const std::string readme = read_text(config_folder + "README.md");
    for (const auto& [name, value] : default_config_values()) {
        EXPECT_NE(readme.find("`" + name + "`"), std::string::npos) << name;
    }
}

}  // namespace
}  // namespace parley
