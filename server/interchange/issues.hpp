#pragma once

#include "base/error.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// What a line is about. `unknown` where that could not be read.
enum class LineKind : std::uint8_t { discussion, account, comment, vote, unknown };
inline constexpr std::size_t line_kinds_count = 5;

[[nodiscard]] std::string_view to_string(LineKind kind) noexcept;

// What was wrong with one line.
struct ImportIssue {
    enum class Severity : std::uint8_t {
        warning,  // imported all the same
        refused,  // not imported
    };
    std::uint64_t line = 0;
    LineKind kind = LineKind::unknown;
    Severity severity = Severity::refused;
    Errc code = Errc::malformed;
    std::string message;  // a sentence; may quote the file, so escape it for a terminal
    friend bool operator==(const ImportIssue&, const ImportIssue&) = default;
};

// Counts every issue and keeps the first import_issues_shown_count_max of them.
class IssueList {
public:
    void warn(std::uint64_t line, LineKind kind, Errc code, std::string message);
    void refuse(std::uint64_t line, LineKind kind, const Error& error);

    [[nodiscard]] std::uint64_t warnings() const { return warnings_; }
    [[nodiscard]] std::uint64_t refused() const;
    [[nodiscard]] std::uint64_t refused(LineKind kind) const;
    // In the order of their lines.
    [[nodiscard]] std::vector<ImportIssue> shown() const;

private:
    std::vector<ImportIssue> kept_;
    std::array<std::uint64_t, line_kinds_count> refused_{};
    std::uint64_t warnings_ = 0;
};

}  // namespace parley
