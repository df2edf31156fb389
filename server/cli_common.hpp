#pragma once

#include "base/config.hpp"
#include "store/store.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// What the commands share. Results go to standard output, all else to standard error.

// Exit codes, as sysexits(3) has them where it does.
inline constexpr int exit_ok = 0;
inline constexpr int exit_refused = 1;         // some lines or invariants are not as they should be
inline constexpr int exit_usage = 64;          // the command line or the configuration is wrong
inline constexpr int exit_data = 65;           // the input is not what it should be
inline constexpr int exit_no_input = 66;       // the input is not there
inline constexpr int exit_unavailable = 69;    // the store cannot be reached
inline constexpr int exit_internal = 70;       // a bug
inline constexpr int exit_cannot_create = 73;  // the output cannot be written
inline constexpr int exit_io = 74;             // the store's disk is full
inline constexpr int exit_in_use = 75;         // another process uses the store

// The code for an error that came from the store.
[[nodiscard]] int exit_code_of(Errc code) noexcept;

// What the command line chose.
struct Invocation {
    std::string config_file;  // "" = defaults
    std::vector<std::string> sets;
    bool serves = false;  // the log goes to a supervisor, not to the person at the terminal
    std::function<int(const Config&)> run;
    std::function<int()> run_without_config;  // in its place where no configuration is needed
};

// --config and --set.
void add_config_options(CLI::App& command, Invocation& invocation);

// Prints "parley: MESSAGE" to standard error and returns `code`.
int fail(int code, std::string_view message);
// The same for an error of the store.
int fail(const Error& error);

// Opens the store of the configuration; an error was printed already, and is the exit code.
[[nodiscard]] boost::system::result<std::unique_ptr<Store>, int> open_configured_store(
    const Config& config, StoreAccess access);

// Text of others as one line that cannot steer a terminal.
[[nodiscard]] std::string printable(std::string_view text);

// 12,345
[[nodiscard]] std::string with_separators(std::uint64_t number);

}  // namespace parley
