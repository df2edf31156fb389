#include "bench/shared/tool.hpp"

#include "bench/shared/time.hpp"

#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace parley::bench {

void fail(const std::string& sentence) { throw std::runtime_error(sentence); }

void fail_errno(const std::string& what) {
    const int reason = errno;
    fail(what + ": " + std::strerror(reason));
}

void print_line(const boost::json::object& line) {
    std::cout << boost::json::serialize(line) << std::endl;
}

ToolCommand::ToolCommand(std::string_view line) {
    std::istringstream words{std::string(line)};
    words >> verb_;
    for (std::string word; words >> word;) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos) fail("not NAME=VALUE: " + word);
        values_[word.substr(0, equals)] = word.substr(equals + 1);
    }
}

std::string ToolCommand::text(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) fail(verb_ + " needs " + name + "=");
    return found->second;
}

std::string ToolCommand::text(const std::string& name, const std::string& otherwise) const {
    return has(name) ? text(name) : otherwise;
}

std::int64_t ToolCommand::whole(const std::string& name) const {
    const std::string digits = text(name);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        fail(name + " is no whole number: " + digits);
    }
    return value;
}

std::int64_t ToolCommand::whole(const std::string& name, std::int64_t otherwise) const {
    return has(name) ? whole(name) : otherwise;
}

double ToolCommand::number(const std::string& name) const {
    const std::string digits = text(name);
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        fail(name + " is no number: " + digits);
    }
    return value;
}

double ToolCommand::number(const std::string& name, double otherwise) const {
    return has(name) ? number(name) : otherwise;
}

void CommandInput::read_some() {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got < 0 && errno != EINTR) fail_errno("standard input");
    if (got == 0) ended_ = true;
    if (got > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(got));
}

bool CommandInput::ready() {
    if (ended_ || buffer_.find('\n') != std::string::npos) return true;
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, 0) == 1) read_some();
    return ended_ || buffer_.find('\n') != std::string::npos;
}

std::optional<ToolCommand> CommandInput::take_ready() {
    if (!ready()) return std::nullopt;
    const std::size_t end = buffer_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    const ToolCommand command(std::string_view(buffer_).substr(0, end));
    buffer_.erase(0, end + 1);
    return command;
}

std::optional<ToolCommand> CommandInput::wait() {
    for (;;) {
        if (auto command = take_ready()) return command;
        if (ended_) return std::nullopt;
        read_some();
    }
}

void pin_this_thread(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(core), &cores);
    if (::sched_setaffinity(0, sizeof(cores), &cores) != 0) fail_errno("sched_setaffinity");
}

namespace {

// The fields utime and stime of a /proc/…/stat, which come after the name in brackets.
std::int64_t ticks_in(const std::string& stat) {
    std::istringstream rest(stat.substr(stat.rfind(')') + 1));
    std::string skipped;
    constexpr int fields_before_utime = 11;
    for (int field = 0; field < fields_before_utime; ++field) rest >> skipped;
    std::int64_t user = 0;
    std::int64_t system = 0;
    rest >> user >> system;
    return user + system;
}

}  // namespace

std::int64_t cpu_ns_of(int process, int without_thread) {
    const std::int64_t ns_per_tick = ns_per_s / ::sysconf(_SC_CLK_TCK);
    const std::string folder = "/proc/" + std::to_string(process) + "/task";
    std::int64_t ticks = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().filename() == std::to_string(without_thread)) continue;
        std::ifstream file(entry.path() / "stat");
        std::string stat;
        if (std::getline(file, stat)) ticks += ticks_in(stat);
    }
    return ticks * ns_per_tick;
}

int run_tool(const char* name, const std::function<void()>& main_program) {
    try {
        main_program();
        return 0;
    } catch (const std::exception& problem) {
        std::cerr << name << ": " << problem.what() << std::endl;
        return 1;
    }
}

}  // namespace parley::bench
