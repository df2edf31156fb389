#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace parley::bench {

// What the programs of the benchmark share: commands in, one JSON object a line out, and an end
// that says why.

// Throws: the program ends with this sentence. `fail_errno` adds the reason that errno has.
[[noreturn]] void fail(const std::string& sentence);
[[noreturn]] void fail_errno(const std::string& what);

// One object as one line on standard output, at once.
void print_line(const boost::json::object& line);

// "fanout rate=50 seconds=5": a verb and named values.
class ToolCommand {
public:
    explicit ToolCommand(std::string_view line);

    [[nodiscard]] const std::string& verb() const { return verb_; }
    // Without a default the value must be there.
    [[nodiscard]] std::string text(const std::string& name) const;
    [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const;
    [[nodiscard]] std::int64_t whole(const std::string& name) const;
    [[nodiscard]] std::int64_t whole(const std::string& name, std::int64_t otherwise) const;
    [[nodiscard]] double number(const std::string& name) const;
    [[nodiscard]] double number(const std::string& name, double otherwise) const;
    [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }

private:
    std::string verb_;
    std::map<std::string, std::string> values_;
};

// Lines of standard input without buffering more than this object can tell of.
class CommandInput {
public:
    // The next whole line that is there already; reads what the kernel has.
    [[nodiscard]] std::optional<ToolCommand> take_ready();
    // Waits for the next line; nothing at the end of the input.
    [[nodiscard]] std::optional<ToolCommand> wait();
    // True where take_ready() would give one, or at the end of the input.
    [[nodiscard]] bool ready();
    [[nodiscard]] bool ended() const { return ended_; }

private:
    void read_some();
    std::string buffer_;
    bool ended_ = false;
};

// This thread runs on that core alone.
void pin_this_thread(int core);

// CPU time that a process has used so far in all its threads but one (0: no exception).
[[nodiscard]] std::int64_t cpu_ns_of(int process, int without_thread);

// Runs main_program and turns what it throws into a line on standard error and exit code 1.
int run_tool(const char* name, const std::function<void()>& main_program);

}  // namespace parley::bench
