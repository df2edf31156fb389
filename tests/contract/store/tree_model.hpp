#pragma once

#include "discussion/rules.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace parley::test {

// What windows of a discussion must show, by brute force over all its rows: no keys, no indexes.
class TreeModel {
public:
    TreeModel(std::vector<CommentRow> rows, SortOrder sort) : rows_(std::move(rows)) {
        for (const CommentRow& row : rows_) by_id_[row.id] = &row;
        for (const CommentRow& row : rows_) children_[row.parent].push_back(row.id);
        for (auto& [parent, children] : children_) {
            std::sort(children.begin(), children.end(), [&](CommentId a, CommentId b) {
                const std::int64_t left = row(a).ordinals.back();
                const std::int64_t right = row(b).ordinals.back();
                return sort == SortOrder::oldest ? left < right : right < left;
            });
        }
        // Children come after their parents, so from the last to the first.
        std::for_each(rows_.rbegin(), rows_.rend(), [&](const CommentRow& one) {
            if (one.state == CommentState::visible) shown_.insert(one.id);
            if (one.parent && shown_.contains(one.id)) shown_.insert(*one.parent);
        });
        std::vector<CommentId> all;
        append(std::nullopt, all);
        for (std::size_t i = 0; i < all.size(); ++i) places_[all[i]] = i;
    }

    [[nodiscard]] const CommentRow& row(CommentId id) const { return *by_id_.at(id); }
    [[nodiscard]] const std::vector<CommentRow>& rows() const { return rows_; }

    // All that is shown below the parent, in display order.
    [[nodiscard]] std::vector<CommentId> shown(std::optional<CommentId> parent = {}) const {
        std::vector<CommentId> list;
        append(parent, list);
        return list;
    }

    // What `more` must say of a window below `parent` that ends at `last`.
    [[nodiscard]] std::map<CommentId, std::int64_t> more(CommentId last,
                                                         std::optional<CommentId> parent) const {
        std::map<CommentId, std::int64_t> more;
        std::vector<CommentId> line = row(last).path;
        line.push_back(last);
        if (parent) line.erase(line.begin(), std::find(line.begin(), line.end(), *parent));
        for (const CommentId id : line) {
            const auto children = children_.find(id);
            if (children == children_.end()) continue;
            const auto behind =
                std::count_if(children->second.begin(), children->second.end(), [&](CommentId c) {
                    return row(c).state == CommentState::visible &&
                           places_.at(c) > places_.at(last);
                });
            if (behind > 0) more[id] = behind;
        }
        return more;
    }

private:
    void append(std::optional<CommentId> parent, std::vector<CommentId>& list) const {
        const auto children = children_.find(parent);
        if (children == children_.end()) return;
        for (const CommentId id : children->second) {
            if (!shown_.contains(id)) continue;
            list.push_back(id);
            append(id, list);
        }
    }

    std::vector<CommentRow> rows_;
    std::map<CommentId, const CommentRow*> by_id_;
    std::map<std::optional<CommentId>, std::vector<CommentId>> children_;
    std::set<CommentId> shown_;
    std::map<CommentId, std::size_t> places_;  // in display order, of those that are shown
};

}  // namespace parley::test
