#include "base/config.hpp"

#include "base/config_keys.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

namespace parley {
namespace {

using Environment = std::map<std::string, std::string>;

// A file with the given text that ends with the test.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& text) {
        std::string pattern = testing::TempDir() + "parley_config_XXXXXX";
        const int file = mkstemp(pattern.data());
        path_ = pattern;
        std::ofstream(path_) << text;
        if (file >= 0) std::fclose(fdopen(file, "r"));
    }
    ~TemporaryFile() { std::remove(path_.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

result<Config> from_file(const std::string& text) {
    const TemporaryFile file(text);
    return load_config({.file = file.path(), .environment = {}, .sets = {}});
}

// The message of the error, the file's name shortened to FILE; "fine" where there is none.
std::string file_error(const std::string& text) {
    const TemporaryFile file(text);
    const auto loaded = load_config({.file = file.path(), .environment = {}, .sets = {}});
    if (loaded) return "fine";
    std::string message = loaded.error().message;
    const std::size_t at = message.find(file.path());
    if (at != std::string::npos) message.replace(at, file.path().size(), "FILE");
    return message;
}

result<Config> with(Environment environment, std::vector<std::string> sets = {}) {
    return load_config(
        {.file = "", .environment = std::move(environment), .sets = std::move(sets)});
}

std::string error_of(const result<Config>& loaded) {
    return loaded ? "fine" : loaded.error().message;
}

TEST(Config, DefaultsStandWithoutAnySource) {
    const Config config = load_config({}).value();
    EXPECT_EQ(config.server.host, "127.0.0.1");
    EXPECT_EQ(config.server.port, 8080);
    EXPECT_EQ(config.store.url, "sqlite:parley.db");
    EXPECT_EQ(config.identity.signup, Config::Signup::open);
    EXPECT_EQ(config.limits.comment_bytes_max, 16U * 1024);
    EXPECT_TRUE(config.limits.rates_enabled);
}

TEST(Config, ReadsEachTypeFromAFile) {
    const Config config = from_file(
                              "[server]\n"
                              "port = 0\n"
                              "trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n"
                              "[site]\n"
                              "name = \"Gazette \\\"é\\\"\"\n"
                              "[identity]\n"
                              "signup = 'closed'\n"
                              "[log]\n"
                              "level = \"warn\"\n"
                              "format = \"text\"\n"
                              "[limits]\n"
                              "rates_enabled = false\n"
                              "comment_bytes_max = 1_000\n")
                              .value();
    EXPECT_EQ(config.server.port, 0);
    EXPECT_EQ(config.server.trusted_proxies, (std::vector<std::string>{"127.0.0.1", "10.0.0.0/8"}));
    EXPECT_EQ(config.site.name, "Gazette \"é\"");
    EXPECT_EQ(config.identity.signup, Config::Signup::closed);
    EXPECT_EQ(config.log.level, LogLevel::warn);
    EXPECT_EQ(config.log.format, LogFormat::text);
    EXPECT_FALSE(config.limits.rates_enabled);
    EXPECT_EQ(config.limits.comment_bytes_max, 1'000U);
}

TEST(Config, EnvironmentOverridesFileAndSetOverridesBoth) {
    const TemporaryFile file("[server]\nport = 1\nhost = \"::1\"\n[site]\nname = \"File\"\n");
    const Config config = load_config({.file = file.path(),
                                       .environment = {{"PARLEY_SERVER_PORT", "2"},
                                                       {"PARLEY_SITE_NAME", "Environment"}},
                                       .sets = {"server.port=3", "server.port=4"}})
                              .value();
    EXPECT_EQ(config.server.host, "::1");
    EXPECT_EQ(config.site.name, "Environment");
    EXPECT_EQ(config.server.port, 4);
}

TEST(Config, TextIsReadByTheTypeOfItsKey) {
    const Config config =
        with({{"PARLEY_SERVER_INSTANCE", "8080"},
              {"PARLEY_SITE_ORIGINS", "https://a.example, https://b.example"},
              {"PARLEY_SERVER_TRUSTED_PROXIES", R"(["::1", "10.0.0.0/8"])"},
              {"PARLEY_LIMITS_RATES_ENABLED", "false"},
              {"PARLEY_LIVE_FLUSH_WINDOW_MAX_MS", "0"}},
             {"store.url=sqlite:/tmp/a=b.db", "identity.signup=closed", "site.name= spaced "})
            .value();
    EXPECT_EQ(config.server.instance, "8080");
    EXPECT_EQ(config.site.origins,
              (std::vector<std::string>{"https://a.example", "https://b.example"}));
    EXPECT_EQ(config.server.trusted_proxies, (std::vector<std::string>{"::1", "10.0.0.0/8"}));
    EXPECT_FALSE(config.limits.rates_enabled);
    EXPECT_EQ(config.live.flush_window_max_ms, 0U);
    EXPECT_EQ(config.store.url, "sqlite:/tmp/a=b.db");
    EXPECT_EQ(config.site.name, " spaced ");
}

TEST(Config, AnEmptyTextEmptiesAList) {
    EXPECT_TRUE(
        with({}, {"site.origins=https://a.example", "site.origins="})->site.origins.empty());
    EXPECT_TRUE(with({}, {"site.origins=[ ]"})->site.origins.empty());
    EXPECT_NE(
        error_of(with({}, {"site.origins=https://a.example,,https://b.example"})).find("item 2"),
        std::string::npos);
}

TEST(Config, ErrorsOfAFileHaveTheirPlace) {
    EXPECT_EQ(file_error("# a comment\n[server]\n  port = 70000\n"),
              "FILE:3:3: server.port must be a whole number from 0 to 65535");
    EXPECT_EQ(file_error("[server]\nport = \"8080\"\n"),
              "FILE:2:1: server.port must be a whole number from 0 to 65535");
    EXPECT_EQ(file_error("[server]\nport = 8080.0\n"),
              "FILE:2:1: server.port must be a whole number from 0 to 65535");
    EXPECT_EQ(file_error("[site]\nname = 1979-05-27\n"), "FILE:2:1: site.name must be text");
    EXPECT_EQ(file_error("[site]\norigins = \"https://a.example\"\n"),
              "FILE:2:1: site.origins must be a list of texts");
    EXPECT_EQ(file_error("[site]\norigins = [1]\n"),
              "FILE:2:1: site.origins must be a list of texts");
    EXPECT_EQ(file_error("[limits]\nrates_enabled = 0\n"),
              "FILE:2:1: limits.rates_enabled must be true or false");
    EXPECT_EQ(file_error("[log]\nlevel = \"loud\"\n"),
              "FILE:2:1: log.level must be debug, info, warn or error");
    EXPECT_TRUE(file_error("[server]\nport = \n").starts_with("FILE:2:"));
    EXPECT_TRUE(file_error("[server]\nport = 1\nport = 2\n").starts_with("FILE:3:"));
}

TEST(Config, UnknownKeysSuggestTheNearest) {
    EXPECT_EQ(file_error("[server]\nprot = 1\n"),
              "FILE:2:1: server.prot is not a key of the configuration; did you mean server.port?");
    EXPECT_EQ(file_error("[sever]\nport = 1\n"),
              "FILE:2:1: sever.port is not a key of the configuration; did you mean server.port?");
    EXPECT_EQ(file_error("signup = \"open\"\n"),
              "FILE:1:1: signup is not a key of the configuration; did you mean identity.signup?");
    EXPECT_EQ(file_error("[zebra]\n"), "FILE:1:2: zebra is not a key of the configuration");
    EXPECT_EQ(file_error("server = 8080\n"),
              "FILE:1:1: server is a section and must be a table, like [server]");
    EXPECT_EQ(file_error("[server.port]\nx = 1\n"),
              "FILE:1:9: server.port must be a whole number from 0 to 65535");
    EXPECT_EQ(error_of(with({{"PARLEY_SERVER_PROT", "1"}})),
              "environment variable PARLEY_SERVER_PROT: server.prot is not a key of the "
              "configuration; did you mean server.port?");
    EXPECT_EQ(error_of(with({}, {"limits.comment_max=1"})),
              "--set: limits.comment_max is not a key of the configuration; did you mean "
              "limits.comment_bytes_max?");
}

TEST(Config, VariablesOfOthersAreIgnored) {
    const auto config = with({{"PATH", "/bin"},
                              {"SERVER_PORT", "x"},
                              {"PARLEY_DATA", "/tmp"},
                              {"PARLEY_PORT", "tcp://10.0.0.1:80"},
                              {"PARLEY_SERVICE_HOST", "10.0.0.1"},
                              {"parley_server_port", "x"},
                              {"PARLEY_", "x"}});
    EXPECT_EQ(error_of(config), "fine");
}

TEST(Config, ErrorsOfTextHaveTheirSource) {
    EXPECT_EQ(error_of(with({{"PARLEY_SERVER_PORT", "eighty"}})),
              "environment variable PARLEY_SERVER_PORT: server.port must be a whole number from 0 "
              "to 65535");
    for (const char* set : {"server.port=", "server.port= 80", "server.port=80 ", "server.port=+80",
                            "server.port=0x50", "server.port=8e1", "server.port=-1",
                            "server.port=65536", "server.port=99999999999999999999"}) {
        EXPECT_EQ(error_of(with({}, {set})),
                  "--set: server.port must be a whole number from 0 to 65535")
            << set;
    }
    EXPECT_EQ(error_of(with({}, {"server.port"})),
              "--set: server.port needs a value: write --set key=value");
    EXPECT_EQ(error_of(with({}, {"limits.rates_enabled=yes"})),
              "--set: limits.rates_enabled must be true or false");
    const auto refused = with({}, {"server.port=x"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_field);
    EXPECT_EQ(refused.error().field, "server.port");
}

TEST(Config, StoresAndBusesOfOneOrSeveralInstances) {
    const std::string secret(32, 's');
    for (const char* url : {"sqlite:a.db", "sqlite::memory:", "postgresql://localhost/parley",
                            "postgres://u@h:5433/d?sslmode=require"}) {
        EXPECT_EQ(error_of(with({}, {std::string("store.url=") + url})), "fine") << url;
    }
    for (const char* url : {"redis://127.0.0.1:6379", "rediss://user:word@cache:6380",
                            "redis+sentinel://a:26379,b:26379/parley"}) {
        EXPECT_EQ(error_of(with({}, {std::string("bus.url=") + url, "bus.secret=" + secret})),
                  "fine")
            << url;
    }
    EXPECT_EQ(error_of(with({}, {"bus.url=amqp://127.0.0.1"})),
              "--set: bus.url must be local:, redis://HOST:PORT, rediss://HOST:PORT or "
              "redis+sentinel://HOST:PORT,HOST:PORT/NAME, not \"amqp:\"");
    EXPECT_EQ(error_of(with({}, {"bus.url=redis://"})),
              "--set: bus.url must name a host after redis://");
    EXPECT_EQ(error_of(with({}, {"store.url=mysql://localhost/parley"})),
              "--set: store.url must be sqlite:PATH or sqlite::memory:, or "
              "postgresql://USER@HOST:PORT/DATABASE, not \"mysql:\"");
    EXPECT_EQ(error_of(with({}, {"store.url=postgresql://"})),
              "--set: store.url must name a database: postgresql://USER@HOST:PORT/DATABASE");
}

TEST(Config, ABusBetweenInstancesNeedsASecret) {
    EXPECT_EQ(error_of(with({}, {"bus.url=redis://127.0.0.1:6379"})),
              "--set: bus.secret must be set where bus.url is not local:, the same on every "
              "instance");
}

TEST(Config, SecretsAreNotRepeatedInErrors) {
    const std::string error = error_of(with({{"PARLEY_BUS_SECRET", "hunter2"}}));
    EXPECT_NE(error, "fine");
    EXPECT_EQ(error.find("hunter2"), std::string::npos) << error;
}

TEST(Config, LimitsThatContradictEachOtherAreRefused) {
    EXPECT_EQ(error_of(with({}, {"limits.name_chars_min=41"})),
              "--set: limits.name_chars_min must be at most limits.name_chars_max, which is 40 "
              "(default)");
    EXPECT_EQ(file_error("[limits]\nname_chars_max = 1\n"),
              "FILE:2:1: limits.name_chars_max must be at least limits.name_chars_min, which is 2 "
              "(default)");
    EXPECT_EQ(error_of(with({{"PARLEY_LIMITS_JSON_BODY_BYTES_MAX", "16384"}})),
              "environment variable PARLEY_LIMITS_JSON_BODY_BYTES_MAX: limits.json_body_bytes_max "
              "must be above limits.comment_bytes_max, which is 16384 (default)");
    EXPECT_EQ(error_of(with({}, {"limits.name_chars_min=50", "limits.name_chars_max=50"})), "fine");
    EXPECT_EQ(
        error_of(with({}, {"limits.live_idle_timeout_ms=25000"})),
        "--set: limits.live_idle_timeout_ms must be above limits.live_ping_interval_ms, which "
        "is 25000 (default)");
    // Only the merged whole counts: a later source may put an earlier one right.
    EXPECT_EQ(
        error_of(with({{"PARLEY_LIMITS_NAME_CHARS_MIN", "60"}}, {"limits.name_chars_max=60"})),
        "fine");
}

TEST(Config, AFileThatCannotBeReadIsNamed) {
    EXPECT_EQ(
        error_of(load_config({.file = "/nonexistent/parley.toml", .environment = {}, .sets = {}})),
        "/nonexistent/parley.toml: the configuration cannot be read: No such file or directory");
    EXPECT_EQ(error_of(load_config({.file = "/", .environment = {}, .sets = {}})),
              "/: the configuration cannot be read: Is a directory");
    EXPECT_EQ(error_of(load_config({.file = "/dev/null", .environment = {}, .sets = {}})), "fine");
}

// Each number takes both ends of its range, writes what it read, and refuses what lies beyond.
TEST(Config, RangesHoldForEveryNumber) {
    for (const ConfigKey& key : config_keys()) {
        const auto* number = std::get_if<NumberKey>(&key.kind);
        if (number == nullptr) continue;
        Config config;
        for (const std::int64_t value : {number->lowest, number->highest}) {
            EXPECT_FALSE(assign(config, key, value)) << key.name;
            EXPECT_EQ(write_toml_value(config, key), std::to_string(value)) << key.name;
        }
        EXPECT_TRUE(assign(config, key, number->lowest - 1)) << key.name;
        EXPECT_TRUE(assign(config, key, number->highest + 1)) << key.name;
        EXPECT_EQ(number->read(config), number->highest) << key.name;
    }
}

// What one key is set to, no other key shows: catches a row that names a wrong member.
TEST(Config, EachKeyHasAPlaceOfItsOwn) {
    std::set<std::string_view> names;
    for (const ConfigKey& key : config_keys()) {
        EXPECT_TRUE(names.insert(key.name).second) << key.name;
        EXPECT_EQ(find_config_key(key.name), &key);
        const auto* number = std::get_if<NumberKey>(&key.kind);
        if (number == nullptr || number->lowest == number->highest) continue;
        Config config;
        const std::int64_t changed =
            number->read(config) == number->lowest ? number->highest : number->lowest;
        ASSERT_FALSE(assign(config, key, changed));
        int differences = 0;
        const Config defaults;
        for (const ConfigKey& other : config_keys()) {
            differences += write_toml_value(config, other) != write_toml_value(defaults, other);
        }
        EXPECT_EQ(differences, 1) << key.name;
    }
}

TEST(Config, EveryDefaultIsAllowed) {
    const Config defaults;
    for (const auto& [name, value] : default_config_values()) {
        const TemporaryFile file("[" + name.substr(0, name.find('.')) + "]\n" +
                                 name.substr(name.find('.') + 1) + " = " + value + "\n");
        const auto loaded = load_config({.file = file.path(), .environment = {}, .sets = {}});
        ASSERT_TRUE(loaded) << loaded.error().message;
        EXPECT_EQ(write_toml_value(*loaded, *find_config_key(name)), value);
    }
}

}  // namespace
}  // namespace parley
