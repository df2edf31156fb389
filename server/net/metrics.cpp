#include "net/metrics.hpp"

#include "protocol/wire_frame.hpp"

namespace parley {

namespace {

enum class Kind : std::uint8_t { gauge, counter };

class Page {
public:
    Page& add(std::string_view name, Kind kind, std::string_view help, std::uint64_t value) {
        text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
        text_.append("# TYPE ").append(name).append(kind == Kind::gauge ? " gauge\n"
                                                                        : " counter\n");
        text_.append(name).append(" ").append(std::to_string(value)).append("\n");
        return *this;
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
};

Shard::Stats sum_of(std::span<const Shard::Stats> shards) {
    Shard::Stats sum;
    for (const Shard::Stats& one : shards) {
        sum.connections += one.connections;
        sum.live.dead += one.live.dead;
        sum.live.hub.connections += one.live.hub.connections;
        sum.live.hub.subscriptions += one.live.hub.subscriptions;
        sum.live.hub.frames_queued += one.live.hub.frames_queued;
        sum.live.hub.overflows += one.live.hub.overflows;
        sum.live.hub.catch_ups += one.live.hub.catch_ups;
        sum.live.hub.reloads += one.live.hub.reloads;
        sum.live.rooms.rooms += one.live.rooms.rooms;
        sum.live.rooms.changesets += one.live.rooms.changesets;
        sum.live.rooms.flushes += one.live.rooms.flushes;
        sum.live.rooms.heals += one.live.rooms.heals;
        sum.live.rooms.store_reads += one.live.rooms.store_reads;
    }
    return sum;
}

}  // namespace

std::string render_metrics(std::span<const Shard::Stats> shards, const Writer::Stats& writer,
                           const Snapshots::Stats& snapshots) {
    const Shard::Stats all = sum_of(shards);
    const Hub::Stats& hub = all.live.hub;
    const Rooms::Stats& rooms = all.live.rooms;
    Page page;
    page.add("parley_connections", Kind::gauge, "Open connections, HTTP and live.", all.connections)
        .add("parley_live_connections", Kind::gauge, "Open live sockets.", hub.connections)
        .add("parley_live_rooms", Kind::gauge, "Discussions that somebody watches or just left.",
             rooms.rooms)
        .add("parley_live_subscriptions", Kind::gauge, "Subscriptions of live sockets.",
             hub.subscriptions)
        .add("parley_live_changesets_total", Kind::counter, "Changesets that reached a room.",
             rooms.changesets)
        .add("parley_live_flushes_total", Kind::counter, "Updates sent, each to all of a room.",
             rooms.flushes)
        .add("parley_live_frames_total", Kind::counter, "Frames queued for live sockets.",
             hub.frames_queued)
        .add("parley_live_frames_bytes", Kind::gauge, "Memory of frames that wait, counted once.",
             FrameEncoder::alive_bytes())
        .add("parley_live_overflows_total", Kind::counter,
             "Outboxes that overflowed and were answered by a merged update.", hub.overflows)
        .add("parley_live_catch_ups_total", Kind::counter, "Catch-ups sent.", hub.catch_ups)
        .add("parley_live_reloads_total", Kind::counter, "Subscriptions that ended in a reload.",
             hub.reloads)
        .add("parley_live_heals_total", Kind::counter, "Reads that closed a gap of a room.",
             rooms.heals)
        .add("parley_live_store_reads_total", Kind::counter, "Reads of changes for rooms.",
             rooms.store_reads)
        .add("parley_live_dead_total", Kind::counter,
             "Live sockets cut because nothing was taken or said for too long.", all.live.dead)
        .add("parley_commits_total", Kind::counter, "Transactions committed.", writer.commits)
        .add("parley_commands_total", Kind::counter, "Commands decided.", writer.commands)
        .add("parley_commands_busy_total", Kind::counter,
             "Commands refused because the queue was full.", writer.refused_busy)
        .add("parley_commands_queued", Kind::gauge, "Commands that wait for the writer.",
             writer.queued)
        .add("parley_snapshot_hits_total", Kind::counter,
             "Windows, pages and changes answered from memory.", snapshots.hits)
        .add("parley_snapshot_joins_total", Kind::counter,
             "Requests that waited for a read that another had begun.", snapshots.joins)
        .add("parley_snapshot_reads_total", Kind::counter,
             "Reads of a window, a page or changes, or of whether it is still the same.",
             snapshots.reads)
        .add("parley_snapshot_stale_total", Kind::counter,
             "Answers marked as stale because the store could not be read.",
             snapshots.stale_answers)
        .add("parley_snapshot_drops_total", Kind::counter,
             "Removals that ended what was kept of a discussion.", snapshots.drops)
        .add("parley_snapshot_bytes", Kind::gauge, "Memory of what is kept.", snapshots.bytes);
    return page.take();
}

}  // namespace parley
