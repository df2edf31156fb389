#include "discussion/types.hpp"

#include "base/limits.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace parley {

namespace {

template <class Enum, std::size_t n>
using Names = std::array<std::pair<Enum, std::string_view>, n>;

constexpr Names<Role, 3> roles{
    {{Role::member, "member"}, {Role::moderator, "moderator"}, {Role::admin, "admin"}}};

constexpr Names<DiscussionState, 3> discussion_states{
    {{DiscussionState::open, "open"},
     {DiscussionState::premoderated, "premoderated"},
     {DiscussionState::locked, "locked"}}};

constexpr Names<CommentState, 4> comment_states{{{CommentState::visible, "visible"},
                                                 {CommentState::pending, "pending"},
                                                 {CommentState::removed, "removed"},
                                                 {CommentState::deleted, "deleted"}}};

constexpr Names<SortOrder, 2> sort_orders{
    {{SortOrder::oldest, "oldest"}, {SortOrder::newest, "newest"}}};

template <class Enum, std::size_t n>
std::string_view name_of(const Names<Enum, n>& names, Enum value) noexcept {
    for (const auto& [known, name] : names) {
        if (known == value) return name;
    }
    return {};
}

template <class Enum, std::size_t n>
std::optional<Enum> value_of(const Names<Enum, n>& names, std::string_view text) noexcept {
    for (const auto& [value, name] : names) {
        if (name == text) return value;
    }
    return std::nullopt;
}

template <class Id>
std::optional<Id> parse_id(std::string_view digits) {
    const bool canonical = !digits.empty() && digits.front() >= '0' && digits.front() <= '9' &&
                           (digits.front() != '0' || digits.size() == 1);
    if (!canonical) return std::nullopt;
    std::int64_t number = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, problem] = std::from_chars(digits.data(), end, number);
    if (problem != std::errc{} || stopped != end) return std::nullopt;
    return Id{number};
}

bool is_slug_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '~' || c == '-';
}

}  // namespace

std::string to_string(CommentId id) { return std::to_string(static_cast<std::int64_t>(id)); }
std::string to_string(AccountId id) { return std::to_string(static_cast<std::int64_t>(id)); }

std::optional<CommentId> parse_comment_id(std::string_view digits) {
    return parse_id<CommentId>(digits);
}
std::optional<AccountId> parse_account_id(std::string_view digits) {
    return parse_id<AccountId>(digits);
}

result<DiscussionId> parse_discussion_id(std::string_view text) {
    bool good = !text.empty() && text.size() <= discussion_id_chars_max;
    for (const char c : text) good = good && is_slug_character(c);
    // A browser would take these two for directories of a path.
    if (text == "." || text == "..") good = false;
    if (!good) {
        return make_error(Errc::invalid_field,
                          "A discussion's id has 1 to " + std::to_string(discussion_id_chars_max) +
                              " of the characters A-Z a-z 0-9 . _ ~ -",
                          "id");
    }
    return DiscussionId{std::string(text)};
}

std::string_view to_string(Role role) noexcept { return name_of(roles, role); }
std::string_view to_string(DiscussionState state) noexcept {
    return name_of(discussion_states, state);
}
std::string_view to_string(CommentState state) noexcept { return name_of(comment_states, state); }
std::string_view to_string(SortOrder sort) noexcept { return name_of(sort_orders, sort); }

std::optional<Role> parse_role(std::string_view text) noexcept { return value_of(roles, text); }
std::optional<DiscussionState> parse_discussion_state(std::string_view text) noexcept {
    return value_of(discussion_states, text);
}
std::optional<CommentState> parse_comment_state(std::string_view text) noexcept {
    return value_of(comment_states, text);
}
std::optional<SortOrder> parse_sort_order(std::string_view text) noexcept {
    return value_of(sort_orders, text);
}

std::size_t count_code_points(std::string_view utf8) noexcept {
    std::size_t count = 0;
    for (const char c : utf8) {
        // Every character has exactly one byte that does not continue another.
        if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++count;
    }
    return count;
}

}  // namespace parley
