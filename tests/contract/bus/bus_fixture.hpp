#pragma once

#include "bus/channels.hpp"
#include "bus/redis_bus.hpp"
#include "protocol/bus_message.hpp"
#include "redis/reply.hpp"
#include "support/changesets.hpp"
#include "support/redis_lab.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley::test {

inline constexpr std::string_view secret = "a secret of at least thirty-two characters";

inline std::shared_ptr<const Changeset> changeset_of(std::string discussion, Seq seq) {
    auto changeset = std::make_shared<Changeset>();
    changeset->discussion = DiscussionId{std::move(discussion)};
    changeset->epoch = {"k3v9"};
    changeset->prev = seq - 1;
    changeset->seq = seq;
    return changeset;
}

// Writes down what a bus hands on: "tram-line 5", "hint tram-line 5", "presence tram-line 3",
// "gap". Declared before the bus, so that it is there as long as the bus.
class Listener {
public:
    [[nodiscard]] Bus::Handlers handlers() {
        return {.changeset =
                    [this](const auto& changeset) {
                        const std::lock_guard lock(mutex_);
                        lines_.push_back(changeset->discussion.value + " " +
                                         std::to_string(changeset->seq));
                        changesets_.push_back(changeset);
                    },
                .hint =
                    [this](const DiscussionId& discussion, const Position& position) {
                        add("hint " + discussion.value + " " + std::to_string(position.seq));
                    },
                .presence =
                    [this](const std::string& instance, const DiscussionId& discussion,
                           std::size_t readers) {
                        add("presence " + discussion.value + " " + std::to_string(readers));
                        const std::lock_guard lock(mutex_);
                        instance_ = instance;
                    },
                .spent =
                    [this](const std::vector<Bus::Spent>& buckets) {
                        for (const Bus::Spent& one : buckets) {
                            add("spent " + std::to_string(one.kind) + " " + one.key + " " +
                                std::to_string(one.count));
                        }
                    },
                .gap = [this] { add("gap"); }};
    }

    [[nodiscard]] bool has(const std::string& line) const { return count(line) > 0; }
    [[nodiscard]] std::ptrdiff_t count(const std::string& line) const {
        const std::lock_guard lock(mutex_);
        return std::count(lines_.begin(), lines_.end(), line);
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    [[nodiscard]] std::vector<std::shared_ptr<const Changeset>> changesets() const {
        const std::lock_guard lock(mutex_);
        return changesets_;
    }
    [[nodiscard]] std::string instance() const {
        const std::lock_guard lock(mutex_);
        return instance_;
    }

private:
    void add(std::string line) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
    }

    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
    std::vector<std::shared_ptr<const Changeset>> changesets_;
    std::string instance_;
};

// An instance: a bus, and who listens to it.
struct Instance {
    explicit Instance(const std::string& url, const std::string& name,
                      const std::string& with_secret = std::string(secret))
        : bus(make_redis_bus({url, with_secret, name}).value()) {
        bus->subscribe(listener.handlers());
    }
    [[nodiscard]] bool is_up() const { return bus->stats().state == Bus::State::up; }
    [[nodiscard]] bool comes_up() const {
        return comes_about([this] { return is_up(); });
    }
    [[nodiscard]] bool goes_down() const {
        return comes_about([this] { return !is_up(); });
    }
    [[nodiscard]] bool hears(const std::string& line) const {
        return comes_about([&] { return listener.has(line); });
    }

    Listener listener;
    std::unique_ptr<Bus> bus;
};

// A client that may say anything, and waits for each answer.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool connected =
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
        EXPECT_TRUE(connected);
    }
    ~RawClient() { ::close(socket_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    // How many subscribers got it.
    std::int64_t publish(std::string_view channel, std::string_view payload) {
        std::string bytes;
        redis::append_command(bytes, std::array<std::string_view, 3>{"PUBLISH", channel, payload});
        for (std::size_t sent = 0; sent < bytes.size();) {
            const ssize_t size =
                ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (size <= 0) return -1;
            sent += static_cast<std::size_t>(size);
        }
        std::optional<redis::Reply> answer;
        std::array<char, 512> buffer{};
        while (!answer) {
            const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
            if (size <= 0) return -1;
            const auto read =
                reader_.read({buffer.data(), static_cast<std::size_t>(size)},
                             [&](redis::Reply&& reply) { answer = std::move(reply); });
            if (read.has_error()) return -1;
        }
        return answer->kind == redis::Reply::Kind::integer ? answer->integer : -1;
    }

private:
    int socket_;
    redis::ReplyReader reader_{{1'000, 10}};
};

inline std::uint16_t port_of(const std::string& address) {
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

// Two instances with a Redis of their own.
class RedisBusTest : public ::testing::Test {
protected:
    // The servers are there only when the test says where.
    explicit RedisBusTest(const std::string& source_folder) : lab(source_folder) {}

    // A changeset goes from one to the other, however often that must be tried: what is published
    // while a connection is made may be lost.
    static bool reaches(Instance& from, Instance& to) {
        static Seq seq = 1'000;
        return comes_about([&] {
            const std::string line = "probing " + std::to_string(++seq);
            from.bus->publish(changeset_of("probing", seq));
            for (int i = 0; i < 50 && !to.listener.has(line); ++i) ::poll(nullptr, 0, 2);
            return to.listener.has(line);
        });
    }
    static bool reach_each_other(Instance& one, Instance& two) {
        return one.comes_up() && two.comes_up() && reaches(one, two) && reaches(two, one);
    }

    RedisLab lab;
};

}  // namespace parley::test
