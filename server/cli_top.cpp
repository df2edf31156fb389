#include "base/clock.hpp"
#include "cli_commands.hpp"
#include "cli_terminal.hpp"
#include "ops/log_view/log_source.hpp"
#include "ops/log_view/view.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <vector>

namespace parley {

namespace {

constexpr std::chrono::milliseconds redraw_ms{1'000};
// How often files are looked at: nobody tells when they grow.
constexpr std::chrono::milliseconds look_ms{200};
constexpr std::size_t plain_width_chars = 200;

// The logs, and the table that is made of them.
class Top {
public:
    [[nodiscard]] result<void> open(const std::vector<std::string>& paths) {
        for (const std::string& path : paths) {
            auto source = LogSource::open(path);
            if (source.has_error()) return source.error();
            sources_.push_back(std::move(*source));
        }
        return {};
    }

    // False once nothing more will come from any of them.
    bool read() {
        const auto take = [this](std::string_view line) {
            if (const auto record = reader_.read(line)) view_.add(*record);
            else if (!line.empty()) view_.add_unreadable();
        };
        bool goes_on = false;
        for (LogSource& source : sources_) goes_on = source.read(take) || goes_on;
        return goes_on;
    }

    // Waits until a pipe or `keys` has something, at most so long.
    void wait(std::optional<int> keys, std::chrono::milliseconds time) const {
        std::vector<pollfd> descriptors;
        if (keys) descriptors.push_back({*keys, POLLIN, 0});
        for (const LogSource& source : sources_) {
            if (source.pipe() >= 0) descriptors.push_back({source.pipe(), POLLIN, 0});
        }
        static_cast<void>(
            ::poll(descriptors.data(), descriptors.size(), static_cast<int>(time.count())));
    }
    [[nodiscard]] bool has_files() const {
        return std::any_of(sources_.begin(), sources_.end(),
                           [](const LogSource& source) { return source.is_file(); });
    }

    [[nodiscard]] std::vector<std::string> table(std::size_t width) const {
        std::vector<std::string> lines = render_log_table(view_, clock_.wall_now(), width);
        std::uint64_t unreadable = view_.unreadable();
        for (const LogSource& source : sources_) unreadable += source.passed_over();
        if (unreadable > 0) {
            lines.emplace_back();
            lines.push_back(with_separators(unreadable) + " lines were none of Parley's JSON log.");
        }
        return lines;
    }

private:
    SystemClock clock_;
    std::vector<LogSource> sources_;
    LogLineReader reader_;
    LogView view_;
};

int show_once(Top& top) {
    // Files are read to their present end, pipes to their last.
    while (top.read() && !top.has_files()) top.wait(std::nullopt, look_ms);
    for (const std::string& line : top.table(plain_width_chars)) std::cout << line << '\n';
    return exit_ok;
}

int follow(Top& top) {
    const SystemClock clock;
    Terminal terminal;
    std::optional<MonotonicTime> drawn_at;
    Terminal::Size drawn_size;
    while (!Terminal::interrupted() && !terminal.wants_to_quit()) {
        static_cast<void>(top.read());
        const Terminal::Size size = Terminal::size();
        const bool resized = size.columns != drawn_size.columns || size.lines != drawn_size.lines;
        const MonotonicTime now = clock.monotonic_now();
        if (!drawn_at || resized || now - *drawn_at >= redraw_ms) {
            std::vector<std::string> picture{"parley top  " + format_rfc3339(clock.wall_now()) +
                                                 "  times in ms, warnings and errors of the last "
                                                 "minute, q quits",
                                             ""};
            for (std::string& line : top.table(size.columns)) picture.push_back(std::move(line));
            terminal.draw(picture);
            drawn_at = now;
            drawn_size = size;
        }
        top.wait(terminal.keys(), look_ms);
    }
    return exit_ok;
}

int run_top(std::vector<std::string> paths, bool once) {
    if (paths.empty()) paths.emplace_back("-");
    if (paths.size() == 1 && paths.front() == "-" && ::isatty(STDIN_FILENO) == 1) {
        return fail(exit_usage, "Name log files, or pipe a log into it: see parley top --help.");
    }
    Top top;
    if (auto opened = top.open(paths); opened.has_error()) {
        return fail(exit_no_input, opened.error().message);
    }
    return once || ::isatty(STDOUT_FILENO) != 1 ? show_once(top) : follow(top);
}

}  // namespace

void add_top(CLI::App& app, Invocation& invocation) {
    struct Arguments {
        std::vector<std::string> paths;
        bool once = false;
    };
    const auto arguments = std::make_shared<Arguments>();
    CLI::App* command =
        app.add_subcommand("top", "Shows how instances are doing, from their JSON logs");
    command->add_option("LOGFILE", arguments->paths, "Logs; without any, standard input (-)");
    command->add_flag("--once", arguments->once, "Prints one table and ends");
    command->footer(
        "Follows the files as they grow and are rotated. The figures are those of the event "
        "stats,\n"
        "which each instance writes every ops.stats_interval_ms. Where the output is no terminal,\n"
        "one table is printed. q quits.\n\n"
        "Exit codes: 0 all well, 64 usage, 66 a log cannot be read.\n\n"
        "Examples:\n"
        "  parley top /var/log/parley/*.log\n"
        "  journalctl -f -o cat -u 'parley@*' | parley top\n"
        "  parley top --once web-1.log web-2.log\n");
    command->callback([arguments, &invocation] {
        invocation.run_without_config = [arguments] {
            return run_top(arguments->paths, arguments->once);
        };
    });
}

}  // namespace parley
