#include "interchange/issues.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace parley {

std::string_view to_string(LineKind kind) noexcept {
    switch (kind) {
        case LineKind::discussion: return "discussion";
        case LineKind::account: return "account";
        case LineKind::comment: return "comment";
        case LineKind::vote: return "vote";
        case LineKind::unknown: break;
    }
    return "line";
}

void IssueList::warn(std::uint64_t line, LineKind kind, Errc code, std::string message) {
    ++warnings_;
    if (kept_.size() >= import_issues_shown_count_max) return;
    kept_.push_back({line, kind, ImportIssue::Severity::warning, code, std::move(message)});
}

void IssueList::refuse(std::uint64_t line, LineKind kind, const Error& error) {
    ++refused_[static_cast<std::size_t>(kind)];
    if (kept_.size() >= import_issues_shown_count_max) return;
    kept_.push_back({line, kind, ImportIssue::Severity::refused, error.code, error.message});
}

std::uint64_t IssueList::refused() const {
    return std::accumulate(refused_.begin(), refused_.end(), std::uint64_t{0});
}

std::uint64_t IssueList::refused(LineKind kind) const {
    return refused_[static_cast<std::size_t>(kind)];
}

std::vector<ImportIssue> IssueList::shown() const {
    std::vector<ImportIssue> issues = kept_;
    std::stable_sort(issues.begin(), issues.end(),
                     [](const auto& left, const auto& right) { return left.line < right.line; });
    return issues;
}

}  // namespace parley
