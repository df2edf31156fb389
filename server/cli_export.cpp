#include "base/clock.hpp"
#include "cli_commands.hpp"
#include "cli_progress.hpp"
#include "interchange/files.hpp"
#include "service/export.hpp"

#include <iostream>

namespace parley {

namespace {

struct ExportArguments {
    std::string output;
    std::string discussion;  // "" = all
};

int run_export(const ExportArguments& arguments, const Config& config) {
    const SystemClock clock;
    std::optional<DiscussionId> only;
    if (!arguments.discussion.empty()) {
        auto id = parse_discussion_id(arguments.discussion);
        if (id.has_error()) return fail(exit_usage, "--discussion: " + id.error().message);
        only = std::move(*id);
    }
    auto store = open_configured_store(config, StoreAccess::read_only);
    if (store.has_error()) return store.error();
    auto reader = (*store)->open_reader();
    if (reader.has_error()) return fail(reader.error());
    auto output = OutputFile::open(arguments.output);
    if (output.has_error()) return fail(exit_cannot_create, output.error().message);

    ProgressBar bar(clock);
    const auto report =
        export_ndjson(**reader, only, output->stream(), [&bar](const ExportReport& done) {
            bar.show("Writing", 0, 0, with_separators(done.comments) + " comments");
        });
    bar.clear();
    if (report.has_error()) {
        const bool full = report.error().code == Errc::storage_full;
        return full ? fail(exit_cannot_create, report.error().message) : fail(report.error());
    }
    if (auto finished = output->finish(); finished.has_error()) {
        return fail(exit_cannot_create, finished.error().message);
    }
    std::cerr << with_separators(report->discussions) << " discussions, "
              << with_separators(report->comments) << " comments, "
              << with_separators(report->accounts) << " accounts, "
              << with_separators(report->votes) << " votes\n";
    return exit_ok;
}

}  // namespace

void add_export(CLI::App& app, Invocation& invocation) {
    const auto arguments = std::make_shared<ExportArguments>();
    CLI::App* command = app.add_subcommand("export", "Writes discussions to a file");
    add_config_options(*command, invocation);
    command->add_option("--discussion", arguments->discussion, "Only this one")->type_name("ID");
    command->add_option("OUTPUT", arguments->output, "NDJSON file, - for standard output")
        ->required();
    command->footer(
        "Runs beside a server. The file appears when it is complete. It holds what people wrote "
        "and\n"
        "their names, but no passwords, sessions or roles, and no text that was taken away.\n\n"
        "Exit codes: 0 all well, 64 usage, 66 no such discussion, 69 no store, 70 internal,\n"
        "73 the output cannot be written.\n\n"
        "Examples:\n"
        "  parley export --config parley.toml everything.ndjson\n"
        "  parley export --config parley.toml --discussion tram-line - | gzip > tram-line.gz\n");
    command->callback([arguments, &invocation] {
        invocation.run = [arguments](const Config& config) {
            return run_export(*arguments, config);
        };
    });
}

}  // namespace parley
