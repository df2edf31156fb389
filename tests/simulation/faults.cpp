#include "faults.hpp"

namespace parley::simulation {

std::string_view to_string(Fault fault) {
    static constexpr std::array<std::string_view, faults_count> names{
        "bus: delayed",
        "bus: reordered",
        "bus: duplicated",
        "bus: lost",
        "bus: dead",
        "bus: too large to travel, a hint",
        "bus: last message lost, nothing follows",
        "instance: died",
        "instance: died between commit and publish",
        "instance: paused",
        "instance: published late",
        "reader: slow socket",
        "reader: part of a frame sent",
        "reader: took nothing for a while",
        "reader: conflated",
        "reader: all conflated, memory is short",
        "reader: reconnected",
        "reader: reconnected at another instance",
        "reader: resumed without an epoch",
        "reader: subscribed again",
        "reader: holds several windows",
        "window: older than the page's position",
        "window: a cache ignored what was asked for",
        "store: restored from a backup",
        "store: lost its tail",
        "store: wall clock jumped",
        "store: a read failed",
        "store: a read was slow",
        "store: the sweep failed",
        "catch-up: too far",
        "room: gathered changes",
        "room: told its window",
        "moderation: text removed",
        "moderation: text restored",
        "moderation: discussion locked or opened",
        "room: closed",
        "room: opened again",
        "write: the answer outran the update",
        "write: the answer trailed the update",
        "write: the answer was lost",
        "write: own comment held back",
        "write: own comment shown before its answer",
        "write: refused by a dead instance",
        "reader: ping between frames",
        "shards: a slow mailbox",
        "reader: proven up to date",
    };
    return names[static_cast<std::size_t>(fault)];
}

}  // namespace parley::simulation
