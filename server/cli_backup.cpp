#include "base/clock.hpp"
#include "cli_commands.hpp"
#include "cli_progress.hpp"
#include "store/backup.hpp"

#include <iomanip>
#include <iostream>
#include <sstream>

namespace parley {

namespace {

std::string in_mebibytes(std::uint64_t bytes) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(1) << static_cast<double>(bytes) / (1024 * 1024)
         << " MiB";
    return text.str();
}

BackupProgressHandler show_on(ProgressBar& bar, const char* label) {
    return [&bar, label](const BackupProgress& progress) {
        bar.show(label, progress.done, progress.total, "");
    };
}

int run_backup(const Config& config, const std::string& output) {
    const SystemClock clock;
    ProgressBar bar(clock);
    const auto report = back_up_store(config.store.url, output, show_on(bar, "Copying"));
    bar.clear();
    if (report.has_error()) return fail(report.error());
    std::cout << printable(output) << ": " << in_mebibytes(report->bytes)
              << ", checked and on the disk. History " << report->epoch.value << ".\n";
    return exit_ok;
}

int run_restore(const Config& config, const std::string& input, bool force) {
    const SystemClock clock;
    ProgressBar bar(clock);
    const auto overwrite = force ? Overwrite::allowed : Overwrite::never;
    const auto report =
        restore_store(config.store.url, input, overwrite, show_on(bar, "Restoring"));
    bar.clear();
    if (report.has_error()) return fail(report.error());
    std::cout << "Restored " << in_mebibytes(report->bytes) << " from " << printable(input)
              << ". The history is now " << report->epoch.value
              << ": whoever reads will read again.\n";
    return exit_ok;
}

}  // namespace

void add_backup(CLI::App& app, Invocation& invocation) {
    const auto output = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("backup", "Copies the whole store to a file, beside a running server");
    add_config_options(*command, invocation);
    command->add_option("OUTPUT", *output, "File for the copy; one of this name is replaced")
        ->required();
    command->footer(
        "The copy is of one moment, however long it takes. It is checked and durable before it "
        "has\n"
        "its name. Keep copies on another disk, and try now and then whether they restore.\n\n"
        "Exit codes: 0 all well, 64 usage, 65 the store is damaged, 69 no store or no place,\n"
        "74 the disk is full.\n\n"
        "Examples:\n"
        "  parley backup --config parley.toml /backup/parley-$(date +%F).db\n"
        "  parley backup --set store.url=sqlite:/var/lib/parley/parley.db /backup/parley.db\n");
    command->callback([output, &invocation] {
        invocation.run = [output](const Config& config) { return run_backup(config, *output); };
    });
}

void add_restore(CLI::App& app, Invocation& invocation) {
    struct Arguments {
        std::string input;
        bool force = false;
    };
    const auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("restore", "Makes the store of a copy");
    add_config_options(*command, invocation);
    command->add_flag("--force", arguments->force, "Overwrites a store that is there");
    command->add_option("INPUT", arguments->input, "A copy that backup has made")->required();
    command->footer(
        "Stop the server first. What was written after the copy was made is gone, and the history\n"
        "gets a new name, so that every page that is open reads again.\n\n"
        "Exit codes: 0 all well, 1 there is a store and no --force, 64 usage, 65 the copy is "
        "damaged\n"
        "or none, 69 no copy or no place, 74 the disk is full, 75 a server uses the store.\n\n"
        "Examples:\n"
        "  parley restore --config parley.toml /backup/parley-2026-01-22.db\n"
        "  parley restore --config parley.toml --force /backup/parley-2026-01-22.db\n");
    command->callback([arguments, &invocation] {
        invocation.run = [arguments](const Config& config) {
            return run_restore(config, arguments->input, arguments->force);
        };
    });
}

}  // namespace parley
