#include "base/log.hpp"
#include "base/mutants.hpp"
#include "cli_commands.hpp"
#include "cli_serve.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>

namespace parley {

namespace {

std::map<std::string, std::string> read_environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos || !text.starts_with("PARLEY_")) continue;
        variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

std::string name_of_instance(const Config& config) {
    if (!config.server.instance.empty()) return config.server.instance;
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host.front() = '\0';
    return std::string(host.data()) + ":" + std::to_string(::getpid());
}

// In a build with mutants: makes the mistake that FAULT_MUTANT names.
void choose_mutant() {
#ifdef PARLEY_MUTANTS
    const char* name = std::getenv("FAULT_MUTANT");
    if (name == nullptr) return;
    const auto* found = std::find_if(server_mutants.begin(), server_mutants.end(),
                                     [&](const NamedMutant& one) { return one.name == name; });
    if (found == server_mutants.end()) throw std::invalid_argument("there is no such mutant");
    active_mutant = found->mutant;
#endif
}

// With the name that this process goes by where it is given none.
result<Config> read_configuration(const Invocation& invocation) {
    auto config = load_config({invocation.config_file, read_environment(), invocation.sets});
    if (config.has_value()) config->server.instance = name_of_instance(*config);
    return config;
}

int run(const Invocation& invocation) {
    if (invocation.run_without_config) return invocation.run_without_config();
    const auto config = read_configuration(invocation);
    if (config.has_error()) return fail(exit_usage, config.error().message);
    // The tools speak to a person; what they do is told in words, not in the log.
    const LogFormat format = invocation.serves ? config->log.format : LogFormat::text;
    configure_log(config->log.level, format, config->server.instance);
    const int code = invocation.run(*config);
    flush_log();
    return code;
}

int run_command_line(int argc, const char* const* argv) {
    Invocation invocation;
    CLI::App app("Parley: live discussions for published articles.", "parley");
    app.require_subcommand(1);
    app.footer(
        "Each command has its own --help. Settings can also be given in the environment:\n"
        "PARLEY_SERVER_PORT=8081 for server.port.\n\n"
        "Examples:\n"
        "  parley serve --config parley.toml\n"
        "  parley import --config parley.toml comments.ndjson\n");
    add_serve(app, invocation);
    add_import(app, invocation);
    add_export(app, invocation);
    add_account(app, invocation);
    add_check(app, invocation);
    add_backup(app, invocation);
    add_restore(app, invocation);
    add_top(app, invocation);
    add_version(app, invocation);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& refused) {
        // 0 where this is how --help ends.
        return app.exit(refused) == 0 ? exit_ok : exit_usage;
    }
    return run(invocation);
}

}  // namespace

void add_serve(CLI::App& app, Invocation& invocation) {
    CLI::App* command = app.add_subcommand("serve", "Serves discussions until it is stopped");
    add_config_options(*command, invocation);
    command->footer(
        "Writes its log to standard error. SIGTERM and SIGINT stop it: what was accepted is "
        "finished\n"
        "first.\n\n"
        "Examples:\n"
        "  parley serve --config parley.toml\n"
        "  parley serve --set server.port=8081 --set store.url=sqlite:/var/lib/parley/parley.db\n");
    command->callback([&invocation] {
        invocation.serves = true;
        invocation.run = [&invocation](const Config& config) {
            return run_serve(config, [&invocation] { return read_configuration(invocation); });
        };
    });
}

}  // namespace parley

int main(int argc, char** argv) {
    try {
        parley::choose_mutant();
        return parley::run_command_line(argc, argv);
    } catch (const std::exception& bug) {
        std::cerr << "parley: internal error: " << parley::printable(bug.what()) << '\n';
    }
    return parley::exit_internal;
}
