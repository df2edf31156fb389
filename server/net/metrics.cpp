#include "net/metrics.hpp"

namespace parley {

namespace {

void add(std::string& out, std::string_view name, std::string_view type, std::string_view help,
         std::uint64_t value) {
    out.append("# HELP ").append(name).append(" ").append(help).append("\n");
    out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    out.append(name).append(" ").append(std::to_string(value)).append("\n");
}

}  // namespace

std::string render_metrics(const Hub::Stats& hub, const Writer::Stats& writer,
                           std::size_t connections) {
    std::string out;
    add(out, "parley_connections", "gauge", "Open connections, HTTP and live.", connections);
    add(out, "parley_live_connections", "gauge", "Open live sockets.", hub.connections);
    add(out, "parley_live_rooms", "gauge", "Discussions that somebody watches.", hub.rooms);
    add(out, "parley_live_subscriptions", "gauge", "Subscriptions of live sockets.",
        hub.subscriptions);
    add(out, "parley_live_frames_total", "counter", "Frames queued for live sockets.",
        hub.frames_queued);
    add(out, "parley_live_overflows_total", "counter",
        "Outboxes that overflowed and were answered by a merged update.", hub.overflows);
    add(out, "parley_live_catch_ups_total", "counter", "Catch-ups sent.", hub.catch_ups);
    add(out, "parley_live_heals_total", "counter", "Reads that closed a gap of a room.", hub.heals);
    add(out, "parley_commits_total", "counter", "Transactions committed.", writer.commits);
    add(out, "parley_commands_total", "counter", "Commands decided.", writer.commands);
    add(out, "parley_commands_busy_total", "counter",
        "Commands refused because the queue was full.", writer.refused_busy);
    add(out, "parley_commands_queued", "gauge", "Commands that wait for the writer.",
        writer.queued);
    return out;
}

}  // namespace parley
