#include "store/sqlite/high_water.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"

#include <charconv>
#include <fstream>
#include <iterator>

namespace parley::sqlite {

namespace {

// "epoch commits\n"; nothing where it is anything else.
std::optional<HighWaterMark> parse_mark(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space == 0 || space == std::string_view::npos || !text.ends_with('\n')) return {};
    HighWaterMark mark{Epoch{std::string(text.substr(0, space))}, 0};
    const char* first = text.data() + space + 1;
    const char* last = text.data() + text.size() - 1;
    const auto [end, failed] = std::from_chars(first, last, mark.commits);
    if (failed != std::errc() || end != last) return {};
    return mark;
}

}  // namespace

bool HighWater::contradicts(const HighWaterMark& mark) const {
    std::error_code failed;
    if (!std::filesystem::exists(file_, failed) && !failed) return false;
    std::ifstream input(file_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(input), {}};
    const auto known = parse_mark(text);
    return !known || known->epoch != mark.epoch || mark.commits < known->commits;
}

void HighWater::opened(const HighWaterMark& mark) {
    unwritten_ = mark;
    flush();
}

void HighWater::reached(const HighWaterMark& mark, MonotonicTime now) {
    unwritten_ = mark;
    if (written_at_ && now - *written_at_ < high_water_interval_ms) return;
    written_at_ = now;
    flush();
}

void HighWater::flush() noexcept {
    if (!unwritten_) return;
    try {
        if (!write(*unwritten_)) {
            log_event(LogLevel::warn, "store.high_water_failed", {{"file", file_.string()}});
        }
        unwritten_.reset();
    } catch (const std::exception& bug) {
        log_event(LogLevel::warn, "store.high_water_failed", {{"reason", bug.what()}});
    }
}

// Beside it and then in its place: whoever reads finds the old one or the new one.
bool HighWater::write(const HighWaterMark& mark) const {
    std::filesystem::path fresh = file_;
    fresh += ".new";
    {
        std::ofstream output(fresh, std::ios::binary | std::ios::trunc);
        output << mark.epoch.value << ' ' << mark.commits << '\n';
        output.close();
        if (!output) return false;
    }
    std::error_code failed;
    std::filesystem::rename(fresh, file_, failed);
    return !failed;
}

}  // namespace parley::sqlite
