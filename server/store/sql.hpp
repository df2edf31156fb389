#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace parley {

// The text of one SQL statement, always a constant of the program: nothing that somebody wrote can
// become SQL, and a connection may keep what the database made of it.
class Sql {
public:
    consteval Sql(const char* text) : text_(text) {}
    consteval Sql(std::string_view text) : text_(text) {}
    [[nodiscard]] constexpr std::string_view text() const { return text_; }

private:
    std::string_view text_;
};

// Several constants as one. The text ends with a NUL, for libraries in C.
template <const std::string_view&... parts>
struct JoinedText {
    static constexpr auto bytes = [] {
        std::array<char, (parts.size() + ... + 1)> all{};
        std::size_t end = 0;
        const auto append = [&](std::string_view part) {
            for (const char c : part) all.at(end++) = c;
        };
        (append(parts), ...);
        return all;
    }();
    static constexpr std::string_view value{bytes.data(), bytes.size() - 1};
};
template <const std::string_view&... parts>
inline constexpr Sql joined{JoinedText<parts...>::value};

}  // namespace parley
