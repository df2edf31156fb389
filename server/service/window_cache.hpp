#pragma once

#include "discussion/types.hpp"

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace parley {

// A window, encoded once on a reader's thread. Immutable once shared.
struct EncodedWindow {
    Position position;
    std::string json;
    std::string gzip;

    [[nodiscard]] std::size_t bytes() const { return json.size() + gzip.size(); }
};

// The last encoded windows, so that many who ask for the same one at the same position cost one
// encoding. An entry is good at its own position alone, so nothing that was taken away since can
// come out of it. Bounded in bytes, the longest unused goes first. Thread-safe.
class WindowCache {
public:
    explicit WindowCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Nothing where the window is not kept at exactly that position.
    [[nodiscard]] std::shared_ptr<const EncodedWindow> find(const std::string& query,
                                                            const Position& position);
    void keep(const std::string& query, std::shared_ptr<const EncodedWindow> window);

private:
    struct Entry {
        std::string query;
        std::shared_ptr<const EncodedWindow> window;
    };
    void drop(std::list<Entry>::iterator entry);

    const std::size_t bytes_max_;
    // Protected by mutex_.
    std::mutex mutex_;
    std::list<Entry> entries_;  // the last used first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_query_;
    std::size_t bytes_ = 0;
};

}  // namespace parley
