#include "ops/metrics.hpp"

#include "ops/metrics_page.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace parley {

namespace {

constexpr auto gauge = MetricsPage::Kind::gauge;
constexpr auto counter = MetricsPage::Kind::counter;
constexpr auto histogram = MetricsPage::Kind::histogram;

template <class Duration>
double seconds_of(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::uint64_t flag(bool on) { return on ? 1 : 0; }

void add_requests(MetricsPage& page, const RequestStats& requests) {
    constexpr std::array<std::string_view, RequestStats::status_classes_count> statuses{
        "1xx", "2xx", "3xx", "4xx", "5xx"};
    page.begin("parley_http_requests_total", counter,
               "Requests answered, by kind of route and class of status.");
    for (std::size_t i = 0; i < route_classes_count; ++i) {
        const std::string_view route = to_string(static_cast<RouteClass>(i));
        for (std::size_t j = 0; j < statuses.size(); ++j) {
            page.sample(requests.classes.at(i).by_status.at(j),
                        {{"route", route}, {"status", statuses.at(j)}});
        }
    }
    page.begin("parley_http_request_duration_seconds", histogram,
               "From the end of a request to the beginning of its answer.");
    for (std::size_t i = 0; i < route_classes_count; ++i) {
        page.seconds(requests.classes.at(i).took_us,
                     {{"route", to_string(static_cast<RouteClass>(i))}});
    }
}

void add_live(MetricsPage& page, const InstanceStats& stats) {
    const Shard::Stats all = sum_of(stats.server.shards);
    const Hub::Stats& hub = all.live.hub;
    const Rooms::Stats& rooms = all.live.rooms;
    page.add("parley_connections", gauge, "Open connections, HTTP and live.",
             std::uint64_t{all.connections})
        .add("parley_live_connections", gauge, "Readers: open live sockets and event streams.",
             std::uint64_t{hub.connections})
        .add("parley_live_rooms", gauge, "Discussions that somebody watches or just left.",
             std::uint64_t{rooms.rooms})
        .add("parley_live_subscriptions", gauge, "Subscriptions of live sockets.",
             std::uint64_t{hub.subscriptions})
        .add("parley_live_changesets_total", counter, "Changesets that reached a room.",
             rooms.changesets)
        .add("parley_live_flushes_total", counter,
             "Updates made of them, each sent to all of a room.", rooms.flushes)
        .add("parley_live_frames_total", counter, "Frames queued for readers.", hub.frames_queued)
        .add("parley_live_deliveries_total", counter,
             "Updates and catch-ups among them, each counted once for each reader.", hub.deliveries)
        .add("parley_live_frames_bytes", gauge, "Memory of frames that wait, counted once.",
             std::uint64_t{stats.frames_bytes})
        .add("parley_live_overflows_total", counter,
             "Outboxes that overflowed and were answered by a merged update.", hub.overflows)
        .add("parley_live_catch_ups_total", counter, "Catch-ups sent, each to one reader.",
             hub.catch_ups)
        .add("parley_live_catch_ups_encoded_total", counter,
             "Catch-ups encoded; each may serve many readers.", rooms.catch_ups)
        .add("parley_live_reloads_total", counter, "Subscriptions that ended in a reload.",
             hub.reloads)
        .add("parley_live_heals_total", counter, "Reads that closed a gap of a room.", rooms.heals)
        .add("parley_live_restarts_total", counter, "Rooms that had to begin anew.", rooms.restarts)
        .add("parley_live_store_reads_total", counter, "Reads of changes for rooms.",
             rooms.store_reads)
        .add("parley_live_dead_total", counter,
             "Live sockets cut because nothing was taken or said for too long.", all.live.dead)
        .begin("parley_live_delivery_duration_seconds", histogram,
               "From a commit, or from when this instance knew of it, to the end of the send that "
               "carried it; once for each flush.")
        .seconds(stats.server.delivery_us);
}

void add_writing(MetricsPage& page, const Writer::Stats& writer) {
    page.add("parley_commits_total", counter, "Transactions committed.", writer.commits)
        .add("parley_commands_total", counter, "Commands decided.", writer.commands)
        .add("parley_commands_busy_total", counter,
             "Commands refused because the queue was full or they had waited too long.",
             writer.refused_busy)
        .begin("parley_commands_queued", gauge, "Commands that wait for the writer, by lane.")
        .sample(std::uint64_t{writer.queued - writer.queued_moderators}, {{"lane", "everybody"}})
        .sample(std::uint64_t{writer.queued_moderators}, {{"lane", "moderators"}})
        .begin("parley_commit_duration_seconds", histogram,
               "What the store takes to commit, fsync included.")
        .seconds(writer.commit_us)
        .begin("parley_transaction_duration_seconds", histogram,
               "A transaction from its beginning to the end of its commit.")
        .seconds(writer.transaction_us)
        .begin("parley_batch_commands", histogram, "Commands in one committed transaction.")
        .numbers(writer.batch_commands);
}

void add_reading(MetricsPage& page, const InstanceStats& stats) {
    const std::array<std::pair<std::string_view, const ReaderPool::Stats*>, 2> pools{
        {{"people", &stats.readers}, {"rooms", &stats.live_readers}}};
    page.begin("parley_reads_queued", gauge, "Reads that wait for a thread, by pool.");
    for (const auto& [name, pool] : pools) {
        page.sample(std::uint64_t{pool->queued}, {{"pool", name}});
    }
    page.begin("parley_reads_total", counter, "Reads of the store that ended, by pool.");
    for (const auto& [name, pool] : pools) page.sample(pool->reads, {{"pool", name}});
    page.begin("parley_reads_busy_total", counter, "Reads refused because the queue was full.");
    for (const auto& [name, pool] : pools) page.sample(pool->refused_busy, {{"pool", name}});
    page.begin("parley_read_wait_seconds", histogram, "How long reads waited for a thread.");
    for (const auto& [name, pool] : pools) page.seconds(pool->wait_us, {{"pool", name}});
    page.add("parley_passwords_queued", gauge, "Passwords that wait to be checked.",
             std::uint64_t{stats.passwords_queued});
    const Snapshots::Stats& snapshots = stats.server.snapshots;
    page.add("parley_snapshot_hits_total", counter,
             "Windows, pages and changes answered from memory.", snapshots.hits)
        .add("parley_snapshot_joins_total", counter,
             "Requests that waited for a read that another had begun.", snapshots.joins)
        .add("parley_snapshot_reads_total", counter,
             "Reads of a window, a page or changes, or of whether it is still the same.",
             snapshots.reads)
        .add("parley_snapshot_stale_total", counter,
             "Answers marked as stale because the store could not be read.",
             snapshots.stale_answers)
        .add("parley_snapshot_drops_total", counter,
             "Removals that ended what was kept of a discussion.", snapshots.drops)
        .add("parley_snapshot_bytes", gauge, "Memory of what is kept.",
             std::uint64_t{snapshots.bytes});
}

void add_bus(MetricsPage& page, const Bus::Stats& bus) {
    page.begin("parley_bus_state", gauge, "1 for the state that the bus is in.");
    for (const Bus::State state : {Bus::State::local, Bus::State::down, Bus::State::up}) {
        page.sample(flag(bus.state == state), {{"state", to_string(state)}});
    }
    page.begin("parley_bus_probe_age_seconds", gauge,
               "Since the last message to itself came back; NaN where none has, or none is sent.");
    page.sample(bus.probe_age ? seconds_of(*bus.probe_age)
                              : std::numeric_limits<double>::quiet_NaN());
    page.begin("parley_bus_probe_seconds", gauge, "What that message took; NaN where none came.");
    page.sample(bus.probe_time ? seconds_of(*bus.probe_time)
                               : std::numeric_limits<double>::quiet_NaN());
    page.add("parley_bus_published_total", counter, "Messages handed to the bus.", bus.published)
        .add("parley_bus_received_total", counter, "Messages from other instances.", bus.received)
        .add("parley_bus_dropped_total", counter,
             "Messages not published: the bus was down, or its queue full.", bus.dropped)
        .add("parley_bus_refused_total", counter,
             "Messages that came in and were not ours, too large or malformed.", bus.refused)
        .add("parley_bus_connects_total", counter, "Connections made to the bus.", bus.connects)
        .add("parley_bus_queued_bytes", gauge, "What waits to be published.",
             std::uint64_t{bus.queued_bytes});
}

void add_process(MetricsPage& page, const InstanceStats& stats) {
    page.begin("parley_log_events_total", counter, "Events written to the log, by level.");
    for (std::size_t i = 0; i < stats.log.lines.size(); ++i) {
        page.sample(stats.log.lines.at(i), {{"level", to_string(static_cast<LogLevel>(i))}});
    }
    page.add("parley_log_events_dropped_total", counter,
             "Events that could not be written to the log.", stats.log.lost)
        .add("parley_log_events_left_out_total", counter,
             "Repeated warnings and errors that were only counted.", stats.log.left_out);
    const ProcessStats& process = stats.process;
    page.add("process_resident_memory_bytes", gauge, "Resident memory.", process.resident_bytes)
        .add("process_virtual_memory_bytes", gauge, "Virtual memory.", process.virtual_bytes)
        .add("process_open_fds", gauge, "Open file descriptors.", process.open_descriptors)
        .add("process_max_fds", gauge, "File descriptors that may be open.",
             process.max_descriptors)
        .add("process_threads", gauge, "Threads.", process.threads)
        .add("process_cpu_seconds_total", counter, "CPU time used, user and system.",
             process.cpu_seconds)
        .add("process_start_time_seconds", gauge, "When the process began, since 1970.",
             process.started_unix_s);
    page.begin("parley_build_info", gauge, "1, with what this program is.")
        .sample(std::uint64_t{1}, {{"version", stats.version}, {"compiler", __VERSION__}});
}

}  // namespace

std::string render_metrics(const InstanceStats& stats, const Health& health) {
    MetricsPage page;
    page.add("parley_ready", gauge, "1 while requests may be given to this instance.",
             flag(health.ready))
        .add("parley_draining", gauge, "1 while it stops.", flag(stats.draining))
        .add("parley_store_up", gauge, "1 while the store can be read.", flag(health.store))
        .add("parley_writer_up", gauge, "1 while the writer takes commands and gets on.",
             flag(health.writer));
    page.begin("parley_store_sweep_age_seconds", gauge,
               "Since the last comparison with the store that came back, by event loop.");
    for (std::size_t i = 0; i < stats.loops.size(); ++i) {
        const std::string shard = std::to_string(i);
        page.sample(seconds_of(stats.loops[i].sweep_age), {{"shard", shard}});
    }
    page.begin("parley_loop_lag_seconds", gauge,
               "How long an event loop took to come to what was posted to it.");
    for (std::size_t i = 0; i < stats.loops.size(); ++i) {
        const std::string shard = std::to_string(i);
        page.sample(seconds_of(std::max(stats.loops[i].lag.last, stats.loops[i].lag.now)),
                    {{"shard", shard}});
    }
    add_requests(page, stats.server.requests);
    add_live(page, stats);
    add_writing(page, stats.writer);
    add_reading(page, stats);
    add_bus(page, stats.bus);
    add_process(page, stats);
    return page.take();
}

}  // namespace parley
