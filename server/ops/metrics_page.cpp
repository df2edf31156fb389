#include "ops/metrics_page.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace parley {

namespace {

std::string number_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return std::string(digits.data(), error == std::errc() ? end : digits.data());
}

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '\n') out += "\\n";
        else if (c == '"' || c == '\\') out.append("\\").append(1, c);
        else out += c;
    }
}

std::string_view kind_text(MetricsPage::Kind kind) {
    switch (kind) {
        case MetricsPage::Kind::gauge: return "gauge";
        case MetricsPage::Kind::counter: return "counter";
        case MetricsPage::Kind::histogram: return "histogram";
    }
    return "untyped";
}

}  // namespace

MetricsPage& MetricsPage::begin(std::string_view name, Kind kind, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(kind_text(kind)).append("\n");
    return *this;
}

MetricsPage& MetricsPage::sample(std::uint64_t value, const Labels& labels) {
    line("", labels, std::to_string(value));
    return *this;
}

MetricsPage& MetricsPage::sample(double value, const Labels& labels) {
    line("", labels, number_text(value));
    return *this;
}

// From 128 us to 16.8 s.
MetricsPage& MetricsPage::seconds(const Histogram& values_us, const Labels& labels) {
    return histogram(values_us, {7, 24, 1e6}, labels);
}

MetricsPage& MetricsPage::numbers(const Histogram& values, const Labels& labels) {
    return histogram(values, {0, 10, 1}, labels);
}

// A bucket of ours ends before the power, one of Prometheus' with it. For durations that is the
// same, since ours are cut to whole steps; for whole numbers the bucket is named by the last one
// that it holds.
MetricsPage& MetricsPage::histogram(const Histogram& values, Scale scale, const Labels& labels) {
    const bool is_whole = scale.steps <= 1;
    for (unsigned power = scale.first_power; power <= scale.last_power; ++power) {
        const double bound = std::ldexp(1.0, static_cast<int>(power)) - (is_whole ? 1 : 0);
        const std::string le = number_text(bound / scale.steps);
        Labels with_bound = labels;
        with_bound.emplace_back("le", le);
        line("_bucket", with_bound, std::to_string(values.count_below_power(power)));
    }
    Labels all = labels;
    all.emplace_back("le", "+Inf");
    line("_bucket", all, std::to_string(values.count()));
    line("_sum", labels, number_text(static_cast<double>(values.sum()) / scale.steps));
    line("_count", labels, std::to_string(values.count()));
    return *this;
}

void MetricsPage::line(std::string_view suffix, const Labels& labels, std::string_view value) {
    text_.append(name_).append(suffix);
    char before = '{';
    for (const auto& [name, label] : labels) {
        text_.append(1, before).append(name).append("=\"");
        append_escaped(text_, label);
        text_ += '"';
        before = ',';
    }
    if (!labels.empty()) text_ += '}';
    text_.append(" ").append(value).append("\n");
}

}  // namespace parley
