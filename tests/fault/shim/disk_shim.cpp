// Preloaded into the server, this stands between it and the files of its database, and fails,
// delays or ends the process at a chosen call. What to do stands in the file that
// FAULT_DISK_CONTROL names, as "GENERATION MODE CALLS N": MODE is eio, enospc, kill, delay or torn;
// CALLS some of w (write), s (fsync) and t (truncate); N the number of the call that is meant,
// counted from this generation on, or 0 for all of them (for delay: milliseconds, and all of them).
// Each time it acts, a line is added to the file with ".fired" behind its name.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

enum class Call { write, sync, truncate };

struct Plan {
    long generation = 0;
    std::array<char, 16> mode{};
    std::array<char, 8> calls{};
    long n = 0;

    [[nodiscard]] bool is(const char* name) const { return std::strcmp(mode.data(), name) == 0; }
    [[nodiscard]] bool names(Call call) const {
        const char letter = call == Call::write ? 'w' : call == Call::sync ? 's' : 't';
        return std::strchr(calls.data(), letter) != nullptr;
    }
};

std::atomic<long> counted_generation{0};
std::atomic<long> count{0};

const char* control_path() {
    static const char* const path = std::getenv("FAULT_DISK_CONTROL");
    return path;
}

// By the kernel's own calls, so that nothing here is intercepted again.
bool read_plan(Plan& plan) {
    if (control_path() == nullptr) return false;
    const long file = ::syscall(SYS_openat, AT_FDCWD, control_path(), O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) return false;
    std::array<char, 64> text{};
    const long size = ::syscall(SYS_read, file, text.data(), text.size() - 1);
    ::syscall(SYS_close, file);
    if (size <= 0) return false;
    return std::sscanf(text.data(), "%ld %15s %7s %ld", &plan.generation, plan.mode.data(),
                       plan.calls.data(), &plan.n) == 4;
}

void tell_fired(const Plan& plan, Call call) {
    std::array<char, PATH_MAX> path{};
    std::snprintf(path.data(), path.size(), "%s.fired", control_path());
    const long file = ::syscall(SYS_openat, AT_FDCWD, path.data(),
                                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    std::array<char, 64> line{};
    const int size = std::snprintf(line.data(), line.size(), "%ld %s %d\n", plan.generation,
                                   plan.mode.data(), static_cast<int>(call));
    ::syscall(SYS_write, file, line.data(), static_cast<std::size_t>(size));
    ::syscall(SYS_close, file);
}

// The database and its log; not the files beside them that help people.
bool is_meant(int descriptor) {
    std::array<char, 32> link{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
    std::array<char, PATH_MAX> path{};
    const long size =
        ::syscall(SYS_readlinkat, AT_FDCWD, link.data(), path.data(), path.size() - 1);
    if (size <= 0) return false;
    const char* name = std::strrchr(path.data(), '/');
    if (name == nullptr || std::strncmp(name, "/parley.db", 10) != 0) return false;
    const char* rest = name + 10;
    return *rest == '\0' || std::strcmp(rest, "-wal") == 0 || std::strcmp(rest, "-journal") == 0;
}

void pause_for(long milliseconds) {
    const timespec time{milliseconds / 1'000, (milliseconds % 1'000) * 1'000'000};
    ::syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, nullptr);
}

// The error that the call is to fail with, 0 for none, -1 for half of a write.
int interfere(int descriptor, Call call) {
    Plan plan;
    if (!read_plan(plan) || !plan.names(call) || !is_meant(descriptor)) return 0;
    if (counted_generation.exchange(plan.generation) != plan.generation) count = 0;
    const long mine = ++count;
    if (plan.is("delay")) {
        tell_fired(plan, call);
        pause_for(plan.n);
        return 0;
    }
    if (plan.n != 0 && mine != plan.n) return 0;
    tell_fired(plan, call);
    if (plan.is("kill")) ::syscall(SYS_kill, ::getpid(), SIGKILL);
    if (plan.is("torn")) return -1;
    return plan.is("enospc") ? ENOSPC : EIO;
}

ssize_t failed(int error) {
    errno = error;
    return -1;
}

}  // namespace

extern "C" {

ssize_t pwrite64(int descriptor, const void* bytes, std::size_t size, off64_t offset) {
    const int error = interfere(descriptor, Call::write);
    if (error > 0) return failed(error);
    if (error < 0) {
        ::syscall(SYS_pwrite64, descriptor, bytes, size / 2, offset);
        return failed(EIO);
    }
    return ::syscall(SYS_pwrite64, descriptor, bytes, size, offset);
}

ssize_t pwrite(int descriptor, const void* bytes, std::size_t size, off_t offset) {
    return pwrite64(descriptor, bytes, size, offset);
}

int fsync(int descriptor) {
    const int error = interfere(descriptor, Call::sync);
    if (error != 0) return static_cast<int>(failed(EIO));
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

int fdatasync(int descriptor) {
    const int error = interfere(descriptor, Call::sync);
    if (error != 0) return static_cast<int>(failed(EIO));
    return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}

int ftruncate64(int descriptor, off64_t size) {
    const int error = interfere(descriptor, Call::truncate);
    if (error != 0) return static_cast<int>(failed(EIO));
    return static_cast<int>(::syscall(SYS_ftruncate, descriptor, size));
}

int ftruncate(int descriptor, off_t size) { return ftruncate64(descriptor, size); }

}  // extern "C"
