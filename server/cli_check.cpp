#include "cli_commands.hpp"

#include <iostream>

namespace parley {

namespace {

int run_check(const Config& config) {
    auto store = open_configured_store(config, StoreAccess::read_only);
    if (store.has_error()) return store.error();
    auto reader = (*store)->open_reader();
    if (reader.has_error()) return fail(reader.error());
    const auto findings = (*reader)->check();
    if (findings.has_error()) return fail(findings.error());
    for (const CheckFinding& finding : *findings) {
        std::cout << finding.invariant << ": " << printable(finding.message) << '\n';
    }
    if (findings->empty()) {
        std::cout << "The store is sound: every invariant holds.\n";
        return exit_ok;
    }
    std::cout << with_separators(findings->size()) << " findings. Restore a backup, or export what "
              << "is there and import it into a new store.\n";
    return exit_refused;
}

}  // namespace

void add_check(CLI::App& app, Invocation& invocation) {
    CLI::App* command =
        app.add_subcommand("check", "Verifies the stored data: scores, counts, the tree, the file");
    add_config_options(*command, invocation);
    command->footer(
        "Only reads, also beside a server. Prints what it finds.\n\n"
        "Exit codes: 0 all is sound, 1 something is not, 64 usage, 65 not a store, 69 no store.\n\n"
        "Example:\n"
        "  parley check --config parley.toml\n");
    command->callback([&invocation] { invocation.run = run_check; });
}

}  // namespace parley
