#include "store/postgres/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace parley::postgres {

namespace {

constexpr int look_ms = 200;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& more) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (!more.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
    }
    for (const auto& [name, value] : more) all.push_back(name + "=" + value);
    return all;
}

// How the process ended, as waitpid() has it.
int wait_for_end(pid_t process, const std::function<void()>& meanwhile) {
    const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
    pollfd ended{handle, POLLIN, 0};
    while (handle >= 0 && ::poll(&ended, 1, look_ms) == 0) {
        if (meanwhile) meanwhile();
    }
    if (handle >= 0) ::close(handle);
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

}  // namespace

result<void> run_program(const Program& program, const std::function<void()>& meanwhile) {
    std::vector<std::string> arguments = program.arguments;
    std::vector<std::string> environment = environment_with(program.environment);
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    if (program.quiet) {
        ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    }
    pid_t process = 0;
    const int failed =
        ::posix_spawnp(&process, arguments.front().c_str(), &actions, nullptr,
                       pointers_to(arguments).data(), pointers_to(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        return make_error(Errc::unavailable, "The program " + arguments.front() +
                                                 " cannot be run. Is postgresql-client installed?");
    }
    const int status = wait_for_end(process, meanwhile);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return make_error(Errc::unavailable, arguments.front() + " failed; what it said stands above.");
}

}  // namespace parley::postgres
