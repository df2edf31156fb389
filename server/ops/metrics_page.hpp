#pragma once

#include "base/metrics.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley {

// Writes Prometheus' text format, version 0.0.4. For one thread; cannot fail.
class MetricsPage {
public:
    enum class Kind : std::uint8_t { gauge, counter, histogram };
    // name="value" pairs; values are escaped here.
    using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

    // Begins a metric: its samples follow. Names of counters end in _total.
    MetricsPage& begin(std::string_view name, Kind kind, std::string_view help);
    MetricsPage& sample(std::uint64_t value, const Labels& labels = {});
    MetricsPage& sample(double value, const Labels& labels = {});
    // Of a histogram: values in microseconds are told in seconds, in buckets of powers of two.
    MetricsPage& seconds(const Histogram& values_us, const Labels& labels = {});
    // The same of plain numbers.
    MetricsPage& numbers(const Histogram& values, const Labels& labels = {});

    // A metric with one sample.
    template <class Number>
    MetricsPage& add(std::string_view name, Kind kind, std::string_view help, Number value) {
        return begin(name, kind, help).sample(value);
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    struct Scale {
        unsigned first_power = 0;  // the first bucket ends below 2^this
        unsigned last_power = 0;
        double steps = 1;  // of the histogram in the unit of the page
    };
    MetricsPage& histogram(const Histogram& values, Scale scale, const Labels& labels);
    void line(std::string_view suffix, const Labels& labels, std::string_view value);

    std::string text_;
    std::string name_;
};

}  // namespace parley
