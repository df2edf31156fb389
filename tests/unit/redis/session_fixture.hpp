#pragma once

#include "redis/session.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace parley::redis::test {

using std::chrono::milliseconds;

inline constexpr MonotonicTime start{std::chrono::hours(1)};

// What was sent, one line for each command.
inline std::vector<std::string> commands(Session& session) {
    const std::string bytes = session.take_output();
    std::vector<std::string> lines;
    ReplyReader reader({1'000'000, 10'000});
    const auto read = reader.read(bytes, [&](Reply&& command) {
        std::string line;
        for (const Reply& word : command.items) line += (line.empty() ? "" : " ") + word.text;
        lines.push_back(std::move(line));
    });
    EXPECT_TRUE(read.has_value() && reader.held_bytes() == 0) << bytes;
    return lines;
}

inline void hear(Session& session, std::string_view bytes, MonotonicTime now) {
    session.receive(bytes, now);
}

// A list of texts, as a server sends it.
inline std::string list_of(const std::vector<std::string>& words) {
    std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words) {
        bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    }
    return bytes;
}

inline constexpr std::string_view role_master = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
inline constexpr std::string_view role_slave =
    "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:6379\r\n$9\r\nconnected\r\n:0\r\n";

// "timeout", or "" while all is well.
inline std::string fault_of(const Session& session) {
    return session.failure() ? std::string(to_string(session.failure()->fault)) : std::string();
}

}  // namespace parley::redis::test
