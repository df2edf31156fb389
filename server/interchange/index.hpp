#pragma once

#include "interchange/issues.hpp"
#include "interchange/line_reader.hpp"
#include "interchange/lines.hpp"

#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

namespace parley {

// The first of two passes over a file: what stands where, without the texts. Takes about 100 bytes
// for each line besides the ids.

// Numbers for ids, so that each id is held once.
class IdPool {
public:
    using Ref = std::uint32_t;

    [[nodiscard]] Ref intern(std::string_view id);
    // Valid as long as the pool.
    [[nodiscard]] const std::string& text(Ref ref) const { return ids_[ref]; }

private:
    std::deque<std::string> ids_;  // never moves what it holds
    std::unordered_map<std::string_view, Ref> refs_;
};

struct FileIndex {
    // Ids and places in the vectors below; `none` where there is no such thing.
    using Ref = std::uint32_t;
    static constexpr Ref none = UINT32_MAX;

    // Discussions and accounts that only other lines mention have no line.
    struct Discussion {
        DiscussionId id;
        std::optional<LineRef> line;
        std::size_t fingerprint = 0;  // of the line's text
        WallTime created_at{};
    };
    struct Account {
        Ref id = none;
        std::optional<LineRef> line;
        std::size_t fingerprint = 0;
        std::uint64_t first_use = 0;  // number of the first line that mentions it
    };
    struct Comment {
        LineRef line;
        std::size_t fingerprint = 0;
        Ref id = none;
        Ref parent_id = none;
        Ref discussion = none;
        std::int32_t place = 0;  // 0 = none given
        std::int64_t score = 0;
        WallTime created_at{};
    };
    struct Vote {
        std::uint64_t line = 0;
        Ref discussion = none;
        Ref comment_id = none;
        Ref account = none;
        int value = 0;
    };

    IdPool ids;
    std::vector<Discussion> discussions;
    std::vector<Account> accounts;
    std::vector<Comment> comments;
    std::vector<Vote> votes;
    std::uint64_t vote_bytes = 0;
    std::uint64_t lines_read = 0;  // not blank ones
    std::uint64_t lines_good = 0;

    // The comment with that id in that discussion, or none.
    [[nodiscard]] Ref comment_of(Ref discussion, Ref id) const;

    std::unordered_map<std::uint64_t, Ref> comments_by_id;  // by key_of()
    [[nodiscard]] static std::uint64_t key_of(Ref discussion, Ref id) {
        return std::uint64_t{discussion} << 32 | id;
    }
};

// Reads the stream from its beginning to its end. What is wrong with a line (not JSON, too long, a
// repeated id, …) is added to the issues and harms no other line. `progress` is called now and then
// with the number of bytes read. `unavailable` where the stream itself cannot be read.
[[nodiscard]] result<FileIndex> index_file(std::istream& input, IssueList& issues,
                                           const std::function<void(std::uint64_t)>& progress);

}  // namespace parley
