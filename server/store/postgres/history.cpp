#include "store/postgres/history.hpp"

#include "base/log.hpp"
#include "store/epoch.hpp"
#include "store/rows.hpp"

namespace parley::postgres {

namespace {

struct Recorded {
    Epoch epoch;
    HistoryMarks marks;
};

// What may be refused is asked alone: a failed statement ends those sent with it.
std::optional<std::string> ask(Connection& connection, Sql sql, std::string_view what,
                               std::string_view grant) {
    const auto rows = connection.run(Request{sql});
    if (rows.has_value() && !rows->empty() && !rows->front().is_null(0)) {
        return rows->front().text(0);
    }
    log_event(LogLevel::warn, "store.history_unproven", {{"missing", what}, {"grant", grant}});
    return std::nullopt;
}

result<HistoryMarks> find_marks(Connection& connection) {
    HistoryMarks marks;
    marks.system_identifier =
        ask(connection, "SELECT system_identifier::text FROM pg_control_system()",
            "system identifier", "GRANT EXECUTE ON FUNCTION pg_control_system() TO role");
    // Not from pg_control_checkpoint(), which knows a new timeline only after the next checkpoint.
    const auto timeline =
        ask(connection, "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)", "timeline",
            "GRANT EXECUTE ON FUNCTION pg_current_wal_lsn(), pg_walfile_name(pg_lsn) TO role");
    constexpr int hexadecimal = 16;
    if (timeline) marks.timeline = std::stoll(*timeline, nullptr, hexadecimal);
    const auto place = connection.run(
        Request{"SELECT d.oid::text || '.' || 'history'::regclass::oid::text FROM pg_database d"
                " WHERE d.datname = current_database()"});
    if (place.has_error()) return place.error();
    if (place->empty()) return corrupt_row("pg_database", 0);
    marks.place = place->front().text(0);
    return marks;
}

result<std::optional<Recorded>> read_recorded(Connection& connection) {
    const auto rows = connection.run(
        Request{"SELECT epoch, system_identifier, timeline, place FROM history WHERE one = 1"});
    if (rows.has_error()) return rows.error();
    if (rows->empty()) return std::optional<Recorded>();
    const Row row = rows->front();
    Recorded recorded{Epoch{row.text(0)}, {}};
    if (!row.is_null(1)) recorded.marks.system_identifier = row.text(1);
    if (!row.is_null(2)) recorded.marks.timeline = row.integer(2);
    recorded.marks.place = row.text(3);
    return std::optional(std::move(recorded));
}

void add_marks(Arguments& arguments, const HistoryMarks& marks) {
    if (marks.system_identifier) arguments.add(*marks.system_identifier);
    else arguments.add_null();
    if (marks.timeline) arguments.add(*marks.timeline);
    else arguments.add_null();
    arguments.add(marks.place);
}

result<void> begin_history(Connection& connection, const HistoryMarks& found) {
    const result<Epoch> fresh = random_epoch();
    if (fresh.has_error()) return fresh.error();
    Request request{
        "INSERT INTO history (one, epoch, system_identifier, timeline, place)"
        " VALUES (1, $1, $2, $3, $4) ON CONFLICT (one) DO NOTHING"};
    request.arguments.add(fresh->value);
    add_marks(request.arguments, found);
    const auto done = connection.run(request);
    return done.has_error() ? result<void>(done.error()) : result<void>();
}

// Compare-and-set: only where everything is still as it was found. Whoever comes second waits for
// the row, finds it changed and reads it again.
result<void> record(Connection& connection, const Recorded& recorded, const Epoch& epoch,
                    const HistoryMarks& marks) {
    Request request{
        "UPDATE history SET epoch = $1, system_identifier = $2, timeline = $3, place = $4"
        " WHERE one = 1 AND epoch = $5 AND place = $6"
        " AND system_identifier IS NOT DISTINCT FROM $7 AND timeline IS NOT DISTINCT FROM $8"};
    request.arguments.add(epoch.value);
    add_marks(request.arguments, marks);
    request.arguments.add(recorded.epoch.value).add(recorded.marks.place);
    if (recorded.marks.system_identifier) request.arguments.add(*recorded.marks.system_identifier);
    else request.arguments.add_null();
    if (recorded.marks.timeline) request.arguments.add(*recorded.marks.timeline);
    else request.arguments.add_null();
    const auto done = connection.run(request);
    if (done.has_error()) return done.error();
    if (done->changed() == 1 && epoch != recorded.epoch) {
        log_event(LogLevel::warn, "store.new_epoch",
                  {{"reason",
                    "the database is not where it was: it was restored, read back from a dump, or "
                    "a standby was promoted"},
                   {"before", recorded.epoch.value}});
    }
    return {};
}

}  // namespace

bool is_another_history(const HistoryMarks& recorded, const HistoryMarks& found) {
    const auto differ = [](const auto& a, const auto& b) { return a && b && *a != *b; };
    return differ(recorded.system_identifier, found.system_identifier) ||
           differ(recorded.timeline, found.timeline) || recorded.place != found.place;
}

HistoryMarks merged(const HistoryMarks& recorded, const HistoryMarks& found) {
    HistoryMarks marks = found;
    if (!marks.system_identifier) marks.system_identifier = recorded.system_identifier;
    if (!marks.timeline) marks.timeline = recorded.timeline;
    return marks;
}

result<Epoch> settle_history(Connection& connection) {
    const result<HistoryMarks> found = find_marks(connection);
    if (found.has_error()) return found.error();
    // A second round where another instance was quicker.
    constexpr int rounds_max = 4;
    for (int round = 0; round < rounds_max; ++round) {
        const auto recorded = read_recorded(connection);
        if (recorded.has_error()) return recorded.error();
        result<void> done;
        if (!*recorded) {
            done = begin_history(connection, *found);
        } else {
            const HistoryMarks& marks = (*recorded)->marks;
            const HistoryMarks wanted = merged(marks, *found);
            Epoch epoch = (*recorded)->epoch;
            if (wanted == marks) return epoch;
            if (is_another_history(marks, *found)) {
                result<Epoch> fresh = random_epoch();
                if (fresh.has_error()) return fresh;
                epoch = std::move(*fresh);
            }
            done = record(connection, **recorded, epoch, wanted);
        }
        if (done.has_error()) return done.error();
    }
    return make_error(Errc::unavailable, "The history of the database does not settle.");
}

result<Epoch> read_epoch(Connection& connection) {
    const auto rows = connection.run(Request{"SELECT epoch FROM history WHERE one = 1"});
    if (rows.has_error()) return rows.error();
    if (rows->empty()) return corrupt_row("history", 1);
    return Epoch{rows->front().text(0)};
}

}  // namespace parley::postgres
