#include "ops/notify.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

namespace parley {
namespace {

// Who listens in systemd's place, at a path or, where the name begins with @, in the abstract
// namespace.
class Listener {
public:
    explicit Listener(const std::string& name)
        : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        const bool is_abstract = name.front() == '@';
        if (is_abstract) address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() +
                                                   (is_abstract ? 0 : 1));
        bound_ = ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), length) == 0;
    }
    ~Listener() { ::close(descriptor_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    [[nodiscard]] bool bound() const { return bound_; }
    // The next datagram that is there already; datagrams between two sockets of a machine are.
    std::string next() {
        std::array<char, 512> bytes{};
        const ssize_t size = ::recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT);
        return size < 0 ? std::string("nothing")
                        : std::string(bytes.data(), static_cast<std::size_t>(size));
    }

private:
    int descriptor_;
    bool bound_ = false;
};

TEST(Notifier, SpeaksToASocketAtAPath) {
    std::string folder = testing::TempDir() + "parley_notify_XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const std::string path = folder + "/socket";
    {
        Listener systemd(path);
        ASSERT_TRUE(systemd.bound());
        const Notifier notifier({path, "", "", "1"});
        EXPECT_TRUE(notifier.ready());
        EXPECT_EQ(systemd.next(), "READY=1");
        EXPECT_TRUE(notifier.stopping());
        EXPECT_EQ(systemd.next(), "STOPPING=1");
        EXPECT_TRUE(notifier.alive());
        EXPECT_EQ(systemd.next(), "WATCHDOG=1");
        EXPECT_TRUE(notifier.status("serving"));
        EXPECT_EQ(systemd.next(), "STATUS=serving");
        EXPECT_TRUE(notifier.reloading());
        EXPECT_TRUE(systemd.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
        EXPECT_EQ(systemd.next(), "nothing");
    }
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
}

TEST(Notifier, SpeaksToAnAbstractSocket) {
    const std::string name = "@parley-notify-test-" + std::to_string(::getpid());
    Listener systemd(name);
    ASSERT_TRUE(systemd.bound());
    EXPECT_TRUE(Notifier({name, "", "", "1"}).ready());
    EXPECT_EQ(systemd.next(), "READY=1");
}

TEST(Notifier, SaysNothingWhereNobodyAskedAndSaysWhereNobodyListens) {
    EXPECT_TRUE(Notifier(Notifier::Environment{}).ready());
    EXPECT_FALSE(Notifier({"/nowhere/at/all", "", "", "1"}).ready());
    EXPECT_FALSE(Notifier({std::string(200, 'x'), "", "", "1"}).ready()) << "no name of a socket";
}

TEST(Notifier, KnowsWhetherSomebodyWatches) {
    using std::chrono::seconds;
    EXPECT_EQ(Notifier({"@x", "30000000", "", "7"}).watchdog(), seconds(30));
    EXPECT_EQ(Notifier({"@x", "30000000", "7", "7"}).watchdog(), seconds(30));
    EXPECT_EQ(Notifier({"@x", "30000000", "8", "7"}).watchdog(), std::nullopt) << "another process";
    for (const char* text : {"", "0", "-1", "soon", "30s"}) {
        EXPECT_EQ(Notifier({"@x", text, "", "7"}).watchdog(), std::nullopt) << text;
    }
}

TEST(Notifier, TakesTheEnvironmentAway) {
    ::setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
    ::setenv("WATCHDOG_USEC", "5000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    const Notifier notifier = Notifier::from_environment();
    EXPECT_EQ(notifier.watchdog(), std::chrono::seconds(5));
    EXPECT_FALSE(notifier.ready());
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
        EXPECT_EQ(std::getenv(name), nullptr) << name;
    }
}

}  // namespace
}  // namespace parley
