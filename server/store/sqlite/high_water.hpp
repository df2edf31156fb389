#pragma once

#include "base/clock.hpp"
#include "discussion/types.hpp"

#include <filesystem>
#include <optional>

namespace parley::sqlite {

// How far the history of a database had come: how many transactions it had committed.
struct HighWaterMark {
    Epoch epoch;
    std::int64_t commits = 0;
    friend bool operator==(const HighWaterMark&, const HighWaterMark&) = default;
};

// A small file beside the database that remembers the mark outside of it. A database that is
// behind it was restored from an older copy, or lost its tail: readers may hold positions that it
// will give out once more, for something else. The file is never ahead of what is durable, and at
// most high_water_interval_ms behind.
class HighWater {
public:
    explicit HighWater(std::filesystem::path file) : file_(std::move(file)) {}
    ~HighWater() { flush(); }
    HighWater(const HighWater&) = delete;
    HighWater& operator=(const HighWater&) = delete;

    // True where a database at `mark` does not go on where the file says it had come to: it is
    // behind, of another epoch, or the file cannot be understood. False where there is no file.
    [[nodiscard]] bool contradicts(const HighWaterMark& mark) const;

    // Where the database stood when it was opened. Written now, and so is the next one that is
    // reached: a copy from before that is then behind, however soon the process ends.
    void opened(const HighWaterMark& mark);

    // The mark is durable in the database. Written now or, soon after another, with the next one.
    void reached(const HighWaterMark& mark, MonotonicTime now);
    // Writes what is not written yet. A failure is logged; the file is then older, which is safe.
    void flush() noexcept;

private:
    [[nodiscard]] bool write(const HighWaterMark& mark) const;

    std::filesystem::path file_;
    std::optional<HighWaterMark> unwritten_;
    std::optional<MonotonicTime> written_at_;
};

}  // namespace parley::sqlite
