#pragma once

#include "faults.hpp"
#include "random.hpp"
#include "timeline.hpp"

#include <iostream>
#include <stdexcept>
#include <string>

namespace parley::simulation {

// An invariant that does not hold.
struct Violation : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// What everything in one run shares: time, chance, and who is told what happens.
struct World {
    explicit World(std::uint64_t seed) : random(seed) {}

    Random random;
    Timeline time;
    FaultCounts faults{};
    bool traced = false;

    [[nodiscard]] MonotonicTime now() const { return time.now(); }
    void fired(Fault fault) { ++faults[static_cast<std::size_t>(fault)]; }

    // `line` gives the text: it is made only where somebody reads it.
    template <class Line>
    void trace(Line&& line) const {
        if (traced) std::cout << stamp() << line() << '\n';
    }
    [[noreturn]] void fail(const std::string& what) const { throw Violation(stamp() + what); }

    // "12.345678 s "
    [[nodiscard]] std::string stamp() const {
        const auto time_us =
            std::chrono::duration_cast<microseconds>(now() - MonotonicTime(std::chrono::hours(1)));
        std::string fraction = std::to_string(time_us.count() % 1'000'000);
        fraction.insert(0, 6 - fraction.size(), '0');
        return std::to_string(time_us.count() / 1'000'000) + '.' + fraction + " s  ";
    }
};

}  // namespace parley::simulation
