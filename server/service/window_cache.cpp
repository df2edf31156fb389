#include "service/window_cache.hpp"

#include <utility>

namespace parley {

std::shared_ptr<const EncodedWindow> WindowCache::find(const std::string& query,
                                                       const Position& position) {
    const std::lock_guard lock(mutex_);
    const auto found = by_query_.find(query);
    if (found == by_query_.end()) return nullptr;
    if (found->second->window->position != position) {
        drop(found->second);
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->window;
}

void WindowCache::keep(const std::string& query, std::shared_ptr<const EncodedWindow> window) {
    if (window->bytes() > bytes_max_) return;
    const std::lock_guard lock(mutex_);
    if (const auto known = by_query_.find(query); known != by_query_.end()) drop(known->second);
    bytes_ += window->bytes();
    entries_.push_front({query, std::move(window)});
    by_query_.emplace(query, entries_.begin());
    while (bytes_ > bytes_max_) drop(std::prev(entries_.end()));
}

void WindowCache::drop(std::list<Entry>::iterator entry) {
    bytes_ -= entry->window->bytes();
    by_query_.erase(entry->query);
    entries_.erase(entry);
}

}  // namespace parley
