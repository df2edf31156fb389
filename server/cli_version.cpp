#include "cli_commands.hpp"

#include <iostream>

namespace parley {

namespace {

int run_version() {
    std::cout << "parley " << PARLEY_VERSION << "\ncompiler "
#ifdef __clang__
              << "clang " << __clang_version__
#else
              << "gcc " << __VERSION__
#endif
              << "\nsqlite " << PARLEY_SQLITE_VERSION << '\n';
    std::cout.flush();
    return exit_ok;
}

}  // namespace

void add_version(CLI::App& app, Invocation& invocation) {
    CLI::App* command =
        app.add_subcommand("version", "Prints the versions of Parley and its parts");
    command->callback([&invocation] { invocation.run_without_config = run_version; });
}

}  // namespace parley
