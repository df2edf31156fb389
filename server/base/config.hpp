#pragma once

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"

#include <map>
#include <string>
#include <vector>

namespace parley {

// The configuration, after file, environment and --set were merged and checked. Every key is
// explained in config/parley.toml, which holds the defaults; a test keeps the two equal.
struct Config {
    struct Server {
        std::string host = "127.0.0.1";
        std::uint16_t port = 8080;  // 0 = any free port, told by the event server.listening
        std::uint32_t threads = 1;
        std::string instance;                      // empty = host name and process id
        std::vector<std::string> trusted_proxies;  // addresses or CIDR blocks; empty = nobody
    } server;
    struct Ops {
        std::string host = "127.0.0.1";
        std::uint16_t port = 0;
        std::uint32_t stats_interval_ms = 10'000;  // 0 = no such line
    } ops;
    struct Store {
        std::string url = "sqlite:parley.db";
    } store;
    struct Bus {
        std::string url = "local:";
        std::string secret;
    } bus;
    struct Live {
        std::uint32_t flush_window_max_ms = 250;
        std::uint32_t sweep_interval_ms = 500;
    } live;
    Limits limits;
    struct Site {
        std::string name = "Parley";
        std::string
            url;  // empty = whatever host the browser used, which then also is the only origin
        std::vector<std::string> origins;
    } site;
    enum class Signup : std::uint8_t { open, closed };
    struct Identity {
        Signup signup = Signup::open;
    } identity;
    struct LogSettings {
        LogLevel level = LogLevel::info;
        LogFormat format = LogFormat::json;
        std::uint32_t slow_request_ms = 1'000;  // 0 = none is slow
        std::uint32_t slow_commit_ms = 500;
    } log;
};

// What was given on the command line and in the environment.
struct ConfigSources {
    std::string file;                                // path; empty = defaults only
    std::map<std::string, std::string> environment;  // PARLEY_SERVER_PORT=8080, others are ignored
    std::vector<std::string> sets;                   // "server.port=8080", later ones win
};

// Merges defaults < file < environment < sets. An unknown key, a wrong type or an impossible value
// is an error whose message has the key's name, where it was given, and what is allowed.
// PARLEY_SECTION_KEY stands for section.key: the first underscore after PARLEY_ ends the section.
[[nodiscard]] result<Config> load_config(const ConfigSources& sources);

// All keys with their default values as TOML would write them, in the order of the file:
// what `config/parley.toml` must hold.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> default_config_values();

}  // namespace parley
