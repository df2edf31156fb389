#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

namespace parley::test {

// Private Redis servers, as tests/support/redis.sh starts them; its first lines say which commands
// there are. They end with this.
class RedisLab {
public:
    // `source_folder` is PARLEY_SOURCE_DIR.
    explicit RedisLab(const std::string& source_folder) {
        int in[2];
        int out[2];
        if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) fail("no pipe");
        const std::string script = source_folder + "/tests/support/redis.sh";
        process_ = ::fork();
        if (process_ < 0) fail("no process");
        if (process_ == 0) {
            ::dup2(in[0], STDIN_FILENO);
            ::dup2(out[1], STDOUT_FILENO);
            ::execl(script.c_str(), script.c_str(), nullptr);
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        to_ = in[1];
        from_ = out[0];
    }
    ~RedisLab() {
        ::close(to_);
        ::close(from_);
        ::waitpid(process_, nullptr, 0);
    }
    RedisLab(const RedisLab&) = delete;
    RedisLab& operator=(const RedisLab&) = delete;

    // What stands behind "ok "; throws where the command failed.
    std::string ask(const std::string& command) {
        const std::string line = command + "\n";
        if (::write(to_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
            fail(command + ": the script is gone");
        }
        std::string answer;
        for (char c = 0; ::read(from_, &c, 1) == 1 && c != '\n';) answer += c;
        if (!answer.starts_with("ok")) fail(command + ": " + answer);
        return answer.size() > 3 ? answer.substr(3) : std::string();
    }
    // The address of a server that was started now.
    std::string start(const std::string& name, const std::string& config = {}) {
        return "127.0.0.1:" + ask("redis " + name + " " + config);
    }

private:
    [[noreturn]] static void fail(const std::string& what) { throw std::runtime_error(what); }

    pid_t process_ = -1;
    int to_ = -1;
    int from_ = -1;
};

// Looks again and again, for half a minute at most, whether something has come about.
inline bool comes_about(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        ::poll(nullptr, 0, 2);
    }
    return true;
}

}  // namespace parley::test
