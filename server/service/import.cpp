#include "service/import.hpp"

#include "interchange/plan.hpp"
#include "service/import_batch.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace parley {

namespace {

// What a step that was refused as a whole tells about its lines. Other errors are about the store,
// and end the import.
bool is_about_the_lines(Errc code) {
    switch (code) {
        case Errc::busy:
        case Errc::unavailable:
        case Errc::storage_full:
        case Errc::corrupt_store:
        case Errc::internal: return false;
        default: return true;
    }
}

result<void> check_source(const std::string& source) {
    const bool good = std::all_of(source.begin(), source.end(), [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '.' || c == '_' || c == '-';
    });
    if (good && !source.empty() && source.size() <= import_source_chars_max) return {};
    return make_error(Errc::invalid_field,
                      "The source's name must be 1 to " + std::to_string(import_source_chars_max) +
                          " of A-Z a-z 0-9 . _ -.",
                      "source");
}

class Import {
public:
    using Progress = std::function<void(const ImportProgress&)>;

    Import(ImportBatch& batch, std::istream& input, const Progress& progress)
        : batch_(batch), input_(input), progress_(progress) {}

    [[nodiscard]] result<ImportReport> run(const std::string& source);

private:
    [[nodiscard]] result<FileIndex> read();
    [[nodiscard]] bool joins(const ImportStep& step) const;
    [[nodiscard]] result<void> store_steps();
    void take_account(const ImportStep& step, const Outcome& outcome);
    void refuse_all(const ImportStep& step, const Error& error);

    ImportBatch& batch_;
    std::istream& input_;
    const Progress& progress_;
    ImportReport report_;
    ImportProgress done_;
    std::vector<ImportStep> steps_;  // gathered for one transaction
    std::size_t weight_ = 0;
    std::uint64_t bytes_ = 0;
};

result<FileIndex> Import::read() {
    input_.clear();
    input_.seekg(0, std::ios::end);
    const std::streamoff end = input_.tellg();
    input_.seekg(0);
    if (!input_ || end < 0) {
        return make_error(Errc::unavailable, "The input cannot be read twice.");
    }
    done_.bytes_total = static_cast<std::uint64_t>(end);
    return index_file(input_, report_.issues, [this](std::uint64_t bytes) {
        done_.bytes_done = bytes;
        progress_(done_);
    });
}

// Small steps of one kind share a transaction. Each kind needs the one before to be there.
bool Import::joins(const ImportStep& step) const {
    if (steps_.empty()) return true;
    return steps_.front().kind == step.kind &&
           weight_ + step.items.size() <= changeset_comments_max &&
           bytes_ + step.bytes <= import_step_bytes_max;
}

void Import::refuse_all(const ImportStep& step, const Error& error) {
    for (const ImportStep::Item& item : step.items) {
        report_.issues.refuse(item.line, step.kind, error);
    }
}

void Import::take_account(const ImportStep& step, const Outcome& outcome) {
    ImportReport::Counts& counts = report_.counts[static_cast<std::size_t>(step.kind)];
    if (const auto* discussion = std::get_if<DiscussionOutcome>(&outcome)) {
        ++(discussion->created ? counts.added : counts.known);
        return;
    }
    const auto* done = std::get_if<DoneImport>(&outcome);
    if (done == nullptr) return;
    counts.added += done->added;
    counts.known += done->known;
    // Both lists are in the order of the action.
    auto item = step.items.begin();
    for (const auto& [id, error] : done->refused) {
        item = std::find_if(item, step.items.end(),
                            [&id = id](const ImportStep::Item& one) { return one.id == id; });
        if (item == step.items.end()) return;
        report_.issues.refuse(item->line, step.kind, error);
        ++item;
    }
}

result<void> Import::store_steps() {
    if (steps_.empty()) return {};
    std::vector<Command> commands;
    for (ImportStep& step : steps_) {
        commands.push_back({TheOperator{}, {}, {}, std::move(step.action)});
    }
    const std::vector<result<Outcome>> outcomes = batch_.run(commands);
    for (std::size_t at = 0; at < steps_.size(); ++at) {
        const ImportStep& step = steps_[at];
        const result<Outcome>& outcome = outcomes[at];
        if (outcome.has_value()) take_account(step, *outcome);
        else if (is_about_the_lines(outcome.error().code)) refuse_all(step, outcome.error());
        else return outcome.error();
        done_.bytes_done += step.bytes;
        if (step.kind == LineKind::comment) done_.comments_done += step.items.size();
    }
    steps_.clear();
    weight_ = 0;
    bytes_ = 0;
    progress_(done_);
    return {};
}

result<ImportReport> Import::run(const std::string& source) {
    auto index = read();
    if (index.has_error()) return index.error();
    report_.lines_read = index->lines_read;
    report_.lines_good = index->lines_good;
    ImportPlan plan(std::move(*index), source, report_.issues);
    done_ = {ImportProgress::Phase::storing, 0, plan.bytes_total(), 0};
    while (std::optional<ImportStep> step = plan.next(input_)) {
        if (!joins(*step)) {
            if (auto stored = store_steps(); stored.has_error()) return stored.error();
        }
        weight_ += step->items.size();
        bytes_ += step->bytes;
        steps_.push_back(std::move(*step));
    }
    if (auto stored = store_steps(); stored.has_error()) return stored.error();
    return std::move(report_);
}

}  // namespace

double ImportReport::comments_per_s() const {
    const Counts& comments = of(LineKind::comment);
    const double seconds = std::chrono::duration<double>(duration).count();
    return static_cast<double>(comments.added + comments.known) / std::max(seconds, 0.001);
}

result<ImportReport> import_ndjson(Store& store, const Limits& limits, const Clock& clock,
                                   const ImportOptions& options, std::istream& input,
                                   const std::function<void(const ImportProgress&)>& progress) {
    if (auto checked = check_source(options.source); checked.has_error()) return checked.error();
    const MonotonicTime started = clock.monotonic_now();
    const std::unique_ptr<ImportBatch> batch = options.dry_run
                                                   ? make_trial_batch(store, limits)
                                                   : make_committing_batch(store, limits, clock);
    Import import(*batch, input, progress);
    auto report = import.run(options.source);
    if (report.has_error()) return report.error();
    report->dry_run = options.dry_run;
    report->duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock.monotonic_now() - started);
    return report;
}

}  // namespace parley
