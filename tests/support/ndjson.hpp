#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace parley::test {

// Lines of the NDJSON format, as a test writes them.

struct CommentSpec {
    std::string id;
    std::string parent = {};  // "" = none
    std::string discussion = "d";
    std::string author = "u1";
    std::string time = "2022-01-22T09:00:00Z";
    std::string body = "Text.";
    std::string more = {};  // further fields: "\"score\":3"
};

inline std::string comment_line(const CommentSpec& spec) {
    std::string line = R"({"type":"comment","id":")" + spec.id + R"(","discussion":")" +
                       spec.discussion + R"(","author":")" + spec.author + R"(","body":")" +
                       spec.body + R"(","created_at":")" + spec.time + '"';
    if (!spec.parent.empty()) line += R"(,"parent":")" + spec.parent + '"';
    if (!spec.more.empty()) line += "," + spec.more;
    return line + "}\n";
}

inline std::string discussion_line(const std::string& id) {
    return R"({"type":"discussion","id":")" + id + R"(","title":"Title of )" + id +
           R"(","created_at":"2022-01-22T06:00:00Z"})" + "\n";
}

inline std::string account_line(const std::string& id, const std::string& name) {
    return R"({"type":"account","id":")" + id + R"(","name":")" + name + "\"}\n";
}

inline std::string vote_line(const std::string& comment, const std::string& account, int value,
                             const std::string& discussion = {}) {
    std::string line = R"({"type":"vote","comment":")" + comment + R"(","account":")" + account +
                       R"(","value":)" + std::to_string(value);
    if (!discussion.empty()) line += R"(,"discussion":")" + discussion + '"';
    return line + "}\n";
}

inline std::string join(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line;
    return text;
}

inline std::string minute_of(std::size_t minute) {
    std::string time = "2022-01-22T09:";
    time += std::to_string(minute);
    return time + ":00Z";
}

inline std::string quote_of(std::size_t number) {
    const std::string digits = std::to_string(number);
    std::string quote = R"(,"quote":{"comment":"c)";
    quote += digits;
    quote += R"(","author":"X","text":"number )";
    quote += digits;
    return quote + "\"}";
}

// A discussion with `count` comments in random trees, times with many ties, scores and votes, all
// by the seed. Each comment has its discussion, accounts are u0 to u19.
inline std::vector<std::string> random_forest(std::mt19937::result_type seed, std::size_t count,
                                              const std::string& discussion) {
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t limit) { return random() % limit; };
    std::vector<std::string> lines = {discussion_line(discussion)};
    for (std::size_t at = 0; at < count; ++at) {
        CommentSpec spec;
        spec.id = "c" + std::to_string(at);
        spec.discussion = discussion;
        if (at > 0 && below(5) != 0) spec.parent = "c" + std::to_string(below(at));
        spec.author = "u" + std::to_string(below(20));
        spec.time = minute_of(10 + at * 40 / count);
        spec.body = "Comment number " + std::to_string(at) + ".";
        spec.more = "\"score\":" + std::to_string(static_cast<int>(below(31)) - 15);
        if (at > 0 && below(4) == 0) spec.more += quote_of(below(at));
        if (below(12) == 0) spec.more += R"(,"state":"removed")";
        lines.push_back(comment_line(spec));
        if (below(2) == 0) {
            const std::string voter = "u" + std::to_string(below(20));
            const int value = below(2) == 0 ? 1 : -1;
            lines.push_back(vote_line(spec.id, voter, value, discussion));
        }
    }
    return lines;
}

inline std::vector<std::string> random_accounts() {
    std::vector<std::string> lines;
    lines.reserve(20);
    for (int at = 0; at < 20; ++at) {
        lines.push_back(account_line("u" + std::to_string(at), "Reader " + std::to_string(at)));
    }
    return lines;
}

}  // namespace parley::test
