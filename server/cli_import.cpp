#include "base/clock.hpp"
#include "cli_commands.hpp"
#include "cli_progress.hpp"
#include "interchange/files.hpp"
#include "service/import.hpp"

#include <iomanip>
#include <iostream>
#include <sstream>

namespace parley {

namespace {

struct ImportArguments {
    std::string input;
    std::string format = "parley";
    ImportOptions options;
};

void show_progress(ProgressBar& bar, const ImportProgress& progress) {
    const double seconds = bar.seconds();
    if (progress.phase == ImportProgress::Phase::reading) {
        const double rate = static_cast<double>(progress.bytes_done) / seconds / 1e6;
        bar.show("Reading", progress.bytes_done, progress.bytes_total,
                 std::to_string(static_cast<std::uint64_t>(rate)) + " MB/s");
        return;
    }
    const double rate = static_cast<double>(progress.comments_done) / seconds;
    bar.show("Storing", progress.bytes_done, progress.bytes_total,
             with_separators(static_cast<std::uint64_t>(rate)) + " comments/s");
}

void print_counts(const ImportReport& report) {
    constexpr int width = 12;
    std::cout << std::left << std::setw(width) << "" << std::right;
    for (const char* heading : {"added", "known", "refused"}) {
        std::cout << std::setw(width) << heading;
    }
    std::cout << '\n';
    for (const LineKind kind :
         {LineKind::discussion, LineKind::account, LineKind::comment, LineKind::vote}) {
        const ImportReport::Counts& counts = report.of(kind);
        const std::string name = std::string(to_string(kind)) + "s";
        std::cout << std::left << std::setw(width) << name << std::right;
        for (const std::uint64_t count :
             {counts.added, counts.known, report.issues.refused(kind)}) {
            std::cout << std::setw(width) << with_separators(count);
        }
        std::cout << '\n';
    }
    if (const std::uint64_t unreadable = report.issues.refused(LineKind::unknown)) {
        std::cout << std::left << std::setw(width) << "unreadable" << std::right
                  << std::setw(3 * width) << with_separators(unreadable) << '\n';
    }
}

void print_issues(const ImportReport& report) {
    const std::uint64_t count = report.issues.refused() + report.issues.warnings();
    if (count == 0) return;
    std::cout << with_separators(report.issues.refused()) << " refused, "
              << with_separators(report.issues.warnings()) << " warnings:\n";
    const std::vector<ImportIssue> issues = report.issues.shown();
    for (const ImportIssue& issue : issues) {
        const bool warning = issue.severity == ImportIssue::Severity::warning;
        std::cout << "  line " << issue.line << (warning ? ": warning: " : ": refused: ");
        if (issue.kind != LineKind::unknown) std::cout << to_string(issue.kind) << ": ";
        std::cout << printable(issue.message) << '\n';
    }
    if (count > issues.size()) {
        std::cout << "  and " << with_separators(count - issues.size()) << " more\n";
    }
}

void print_report(const ImportArguments& arguments, const ImportReport& report) {
    const double seconds = std::chrono::duration<double>(report.duration).count();
    std::ostringstream took;
    took << std::fixed << std::setprecision(2) << seconds;
    const std::string name = arguments.input == "-" ? "Standard input" : arguments.input;
    std::cout << printable(name) << ": " << with_separators(report.lines_read) << " lines in "
              << took.str() << " s, "
              << with_separators(static_cast<std::uint64_t>(report.comments_per_s()))
              << " comments/s\n";
    print_counts(report);
    print_issues(report);
    if (report.dry_run) std::cout << "This was a dry run: nothing was kept.\n";
    std::cout.flush();
}

int fail_input(const Error& error) {
    const bool full = error.code == Errc::storage_full;
    return fail(full ? exit_cannot_create : exit_no_input, error.message);
}

int run_import(const ImportArguments& arguments, const Config& config) {
    const SystemClock clock;
    // A pipe is read to its end before anything can be stored: first see that there is a store.
    const bool piped = arguments.input == "-";
    result<std::ifstream> input = piped ? std::ifstream() : open_input(arguments.input);
    if (input.has_error()) return fail_input(input.error());
    auto store = open_configured_store(config, StoreAccess::serve);
    if (store.has_error()) return store.error();
    if (piped) input = open_input(arguments.input);
    if (input.has_error()) return fail_input(input.error());
    ProgressBar bar(clock);
    const auto report =
        import_ndjson(**store, config.limits, clock, arguments.options, *input,
                      [&bar](const ImportProgress& progress) { show_progress(bar, progress); });
    bar.clear();
    if (report.has_error()) return fail(report.error());
    print_report(arguments, *report);
    if (report->lines_good == 0) {
        return fail(exit_data, "The input is not in the format \"" + arguments.format +
                                   "\": no line of it could be read.");
    }
    return report->issues.refused() == 0 ? exit_ok : exit_refused;
}

}  // namespace

void add_import(CLI::App& app, Invocation& invocation) {
    const auto arguments = std::make_shared<ImportArguments>();
    CLI::App* command =
        app.add_subcommand("import", "Adds discussions, comments and votes from a file");
    add_config_options(*command, invocation);
    command->add_option("--format", arguments->format, "Format of the file")
        ->check(CLI::IsMember({"parley"}))
        ->capture_default_str();
    command
        ->add_option("--source", arguments->options.source,
                     "Where the file's ids come from; ids of different sources never meet")
        ->type_name("NAME")
        ->capture_default_str();
    command->add_flag("--dry-run", arguments->options.dry_run,
                      "Reads and decides everything, keeps nothing");
    command->add_option("INPUT", arguments->input, "NDJSON file, - for standard input")->required();
    command->footer(
        "Importing a file again adds only what is new in it. A line that is wrong harms no other:\n"
        "it is reported, with its number.\n\n"
        "Exit codes: 0 all well, 1 some lines were refused, 64 usage, 65 not in the format,\n"
        "66 no input, 69 no store, 70 internal, 73 no room for a copy of the input,\n"
        "74 the store's disk is full, 75 another process uses the store.\n\n"
        "Examples:\n"
        "  parley import --config parley.toml --dry-run comments.ndjson\n"
        "  zcat old.ndjson.gz | parley import --config parley.toml --source old-forum -\n");
    command->callback([arguments, &invocation] {
        invocation.run = [arguments](const Config& config) {
            return run_import(*arguments, config);
        };
    });
}

}  // namespace parley
