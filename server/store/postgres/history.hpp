#pragma once

#include "store/postgres/connection.hpp"

#include <mutex>

namespace parley::postgres {

// What tells one history of a database from another: a server that was restored, promoted from a
// standby, or holds a dump that was read back differs in at least one of them. Absent: not known,
// because the role may not ask.
struct HistoryMarks {
    std::optional<std::string> system_identifier;
    std::optional<std::int64_t> timeline;
    std::string place;
    friend bool operator==(const HistoryMarks&, const HistoryMarks&) = default;
};

// True where what is recorded belongs to another history than what was found. Nothing is concluded
// from what is not known.
[[nodiscard]] bool is_another_history(const HistoryMarks& recorded, const HistoryMarks& found);
// What to record: what was found, and what was recorded where nothing was found.
[[nodiscard]] HistoryMarks merged(const HistoryMarks& recorded, const HistoryMarks& found);

// The epoch of the database, as any connection of this process has last seen it. Thread-safe.
class KnownEpoch {
public:
    [[nodiscard]] Epoch get() const {
        const std::lock_guard lock(mutex_);
        return epoch_;
    }
    void set(Epoch epoch) {
        const std::lock_guard lock(mutex_);
        epoch_ = std::move(epoch);
    }

private:
    mutable std::mutex mutex_;
    Epoch epoch_;
};

// Writes the first epoch into a new database, another one into a database whose marks differ from
// those it recorded, and nothing otherwise. Whoever does so at the same time agrees on one of them.
[[nodiscard]] result<Epoch> settle_history(Connection& connection);

[[nodiscard]] result<Epoch> read_epoch(Connection& connection);

}  // namespace parley::postgres
