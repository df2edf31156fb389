#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace parley {

// Every bound of the server, in one place, with its unit in its name. What happens when one is
// reached stands beside it. Those that a publisher may change are members of Limits and are read
// from the table [limits] of the configuration under the same name; the others are constants.

struct Limits {
    // Text that people write. Over it: 400 or 413 with the limit in the message.
    std::uint32_t comment_bytes_max = 16 * 1024;
    std::uint32_t article_bytes_max = 192 * 1024;  // fits article_body_bytes_max with its escapes
    std::uint32_t name_chars_min = 2;
    std::uint32_t name_chars_max = 40;
    std::uint32_t password_chars_min = 8;
    std::uint32_t password_chars_max = 128;
    std::uint32_t edit_window_s = 300;  // later: edit_window_over

    // HTTP input. Over it: 413 (body), 431 or a close (headers).
    std::uint32_t json_body_bytes_max = 64 * 1024;
    std::uint32_t article_body_bytes_max = 256 * 1024;
    std::uint32_t header_bytes_max = 8 * 1024;
    std::uint32_t request_header_timeout_ms = 10'000;
    std::uint32_t request_body_timeout_ms = 20'000;
    std::uint32_t keep_alive_timeout_ms = 60'000;
    std::uint32_t connections_max = 20'000;  // over it: accepting waits, which the log says once
    // Of one address (of a /64 of IPv6), server.trusted_proxies apart. Over it: 429 and a close. A
    // twentieth of all, so that it takes many addresses to keep everybody out; and still several
    // hundred readers behind one router.
    std::uint32_t connections_per_address_max = 1'000;

    // Live. An outbox over its bytes is emptied and answered by one merged update.
    std::uint32_t outbox_bytes_max = 256 * 1024;
    std::uint32_t client_frame_bytes_max = 64 * 1024;  // over it: close 1009
    std::uint32_t subscriptions_per_connection_max = 64;
    std::uint32_t live_ping_interval_ms = 25'000;
    std::uint32_t live_idle_timeout_ms = 60'000;  // nothing taken for so long: closed

    // Writing. A full queue answers busy at once; a command that waited too long is not run.
    std::uint32_t writer_queue_count_max = 1'024;
    std::uint32_t writer_batch_count_max = 256;
    std::uint32_t command_deadline_ms = 5'000;
    std::uint32_t reader_threads_count = 2;
    std::uint32_t reader_queue_count_max = 1'024;  // full: busy
    std::uint32_t password_queue_count_max = 32;   // full: busy with retry_after_ms
    std::uint32_t drain_deadline_ms = 10'000;
    // Sockets that are closed at a stop are told to come back within this time, at random.
    std::uint32_t drain_spread_ms = 3'000;

    // Rates, per account or address. `rates_enabled = false` switches them all off.
    bool rates_enabled = true;
    std::uint32_t posts_per_minute_max = 10;
    std::uint32_t votes_per_minute_max = 60;
    std::uint32_t sign_ins_per_minute_max = 10;
    std::uint32_t sign_ups_per_hour_max = 10;
    std::uint32_t tickets_per_minute_max = 60;
    std::uint32_t rate_buckets_count_max = 100'000;  // over it: the fullest are forgotten
};

// Bounds of the design, the same for every installation because clients and stored data rely on
// them.
inline constexpr int comment_depth_max = 64;  // a deeper reply moves up and keeps in_reply_to
inline constexpr std::size_t changeset_comments_max = 500;
inline constexpr std::size_t catch_up_comments_max = 2'000;  // over it: reload
inline constexpr std::size_t catch_up_bytes_max = std::size_t{256} * 1024;
inline constexpr std::size_t window_comments_default = 100;
inline constexpr std::size_t window_comments_max = 1'000;
inline constexpr std::size_t discussions_page_default = 20;
inline constexpr std::size_t discussions_page_max = 100;
inline constexpr std::size_t pending_page_comments_default =
    20;  // comments that wait for a moderator
inline constexpr std::size_t pending_page_comments_max = 100;
// Discussions whose comments are counted in one answer, or named in one subscription; and those
// that one live connection may watch the count of.
inline constexpr std::size_t counted_discussions_max = 100;
inline constexpr std::size_t count_topics_per_connection_max = 200;
inline constexpr std::size_t discussion_id_chars_max = 100;
inline constexpr std::size_t epoch_chars_max = 64;  // of one that a client says
inline constexpr std::size_t title_chars_max = 300;
inline constexpr std::size_t url_chars_max = 2'000;
inline constexpr std::size_t channels_count_max = 20;
inline constexpr std::size_t channel_name_chars_max = 60;
inline constexpr std::size_t quote_chars_max = 2'000;
inline constexpr std::size_t idempotency_key_chars_max = 64;
inline constexpr std::size_t content_depth_max = 16;     // deeper Markdown is flattened
inline constexpr std::size_t content_nodes_max = 4'096;  // more nodes become plain text
inline constexpr std::size_t comment_versions_count_max = 50;
inline constexpr std::size_t json_depth_max = 16;
inline constexpr std::size_t ndjson_line_bytes_max = std::size_t{1024} * 1024;
inline constexpr std::size_t import_id_bytes_max = 200;  // of ids that a file brings along
inline constexpr std::size_t import_source_chars_max = 64;
inline constexpr std::size_t import_step_bytes_max = std::size_t{4} * 1024 * 1024;  // held at once
inline constexpr std::size_t import_issues_shown_count_max = 100;  // more are only counted
// Encoded windows and pages, and encoded catch-ups, kept for the next reader who asks for the same;
// the longest unused go first.
inline constexpr std::size_t window_cache_bytes_max = std::size_t{32} * 1024 * 1024;
inline constexpr std::size_t changes_cache_bytes_max = std::size_t{4} * 1024 * 1024;
// Such a snapshot is given for so long without asking the store for the seq,
inline constexpr std::chrono::milliseconds snapshot_stale_max_ms{500};
// and for so long, marked as stale, while the store cannot be read.
inline constexpr std::chrono::milliseconds snapshot_outage_max_ms{600'000};
// Over it the store counts as one that cannot be read: who asks now gets the old snapshot.
inline constexpr std::chrono::milliseconds snapshot_slow_read_ms{1'000};
// Reading anew before snapshot_stale_max_ms because something has changed may take this share of
// one thread for each snapshot, and so much at once. Over it, readers get the one that is there.
inline constexpr int snapshot_early_share_percent = 20;
inline constexpr std::chrono::milliseconds snapshot_early_budget_ms{200};
// Removals whose quotes are still to be blanked, taken up again at the start.
inline constexpr std::size_t removals_resumed_count_max = 1'000;
// Accounts whose erasing is taken up again at the start, and then this often; the rest wait for the
// next time.
inline constexpr std::size_t erasings_resumed_count_max = 100;
inline constexpr std::chrono::seconds erasings_resumed_interval_s{60};
// What the kernel may buffer for one live socket. Left to itself it takes megabytes for a reader
// that does not read, and ten thousand of those are tens of gigabytes.
inline constexpr int live_send_buffer_bytes = 128 * 1024;
// Frames that one message of a client may come in; more: close 1008. Without it a message of empty
// fragments would never end.
inline constexpr std::size_t client_fragments_count_max = 64;
// Shorter live messages are sent as they are: deflate would save little and costs as much to begin.
inline constexpr std::size_t deflate_threshold_bytes = 512;
// What a client may say about WebSocket extensions and subprotocols, each; more: 400.
inline constexpr std::size_t handshake_list_bytes_max = 1'024;
inline constexpr std::size_t room_held_changesets_max = 64;
// The last changesets of a room, for catch-ups without a read; older ones come from the store.
inline constexpr std::size_t room_recent_changesets_max = 256;
inline constexpr std::size_t room_recent_bytes_max = std::size_t{256} * 1024;
// Catch-ups that are kept as long as nothing changes, for others who come back from the same place.
inline constexpr std::size_t room_made_catch_ups_count_max = 4;
// A room that gathered so much sends it before its window ends, so that frames stay small.
inline constexpr std::size_t room_flush_bytes_max = std::size_t{64} * 1024;
// What may lie unread for rooms that gather; over it the event loop is woken. Together with what a
// room has gathered it must fit one update.
inline constexpr std::size_t inbox_unread_changesets_max = 64;
inline constexpr std::size_t inbox_unread_bytes_max = std::size_t{32} * 1024;
// A room without readers stays so long for those who come back, and at most so many do.
inline constexpr std::chrono::milliseconds room_linger_ms{10'000};
inline constexpr std::size_t rooms_lingering_count_max = 1'000;
// All frames that wait for readers, each counted once; over it, readers that lag are conflated.
inline constexpr std::size_t live_frames_bytes_max = std::size_t{64} * 1024 * 1024;
// Pings, pongs and a close that wait for one reader; over it only the newest ping is answered.
inline constexpr std::size_t outbox_control_count_max = 16;
inline constexpr std::chrono::milliseconds room_held_ms{50};
inline constexpr std::chrono::milliseconds current_quiet_ms{15'000};
inline constexpr std::chrono::milliseconds current_sweep_age_ms{2'000};
// Where `current` was due and could not be proven, it is looked at again.
inline constexpr std::chrono::milliseconds current_retry_ms{500};
inline constexpr std::chrono::hours idempotency_key_hours{24};
inline constexpr std::chrono::hours session_hours{24 * 30};
inline constexpr std::chrono::hours session_renewal_hours{24};
inline constexpr std::chrono::milliseconds ticket_lifetime_ms{30'000};
// What live sockets must learn about accounts is kept so long for instances that were away,
inline constexpr std::chrono::hours account_events_kept_hours{24};
// and read in steps of so many; an instance remembers as many.
inline constexpr std::size_t account_events_read_count_max = 1'000;
// Tickets that one connection may try; more: close 1008.
inline constexpr int tickets_per_connection_max = 8;
// Who may be told private things hears nothing while the store was not asked for so long who may.
inline constexpr std::chrono::milliseconds viewers_fresh_ms{2'000};
inline constexpr std::size_t store_checkpoint_bytes = std::size_t{8} * 1024 * 1024;  // of log
inline constexpr std::size_t store_log_bytes_max = std::size_t{64} * 1024 * 1024;    // kept on disk
inline constexpr std::size_t store_purge_count_max = 200;  // expired rows of a kind per transaction
inline constexpr std::chrono::milliseconds store_busy_timeout_ms{5'000};
inline constexpr std::chrono::milliseconds high_water_interval_ms{1'000};
inline constexpr std::size_t check_findings_count_max = 100;  // more: the check stops

// A store behind the network. A statement, or a wait for a lock, that takes longer is ended and
// answered busy; a transaction that was left open is rolled back by the server.
inline constexpr std::chrono::milliseconds store_statement_timeout_ms{3'000};
inline constexpr std::chrono::milliseconds store_lock_timeout_ms{1'500};
inline constexpr std::chrono::milliseconds store_idle_transaction_timeout_ms{10'000};
// From sending a group of statements to the last answer; longer, and the connection counts as dead:
// unavailable.
inline constexpr std::chrono::milliseconds store_answer_timeout_ms{3'500};
// The same for the check and for walks over the whole store, which may sort much.
inline constexpr std::chrono::milliseconds store_long_answer_timeout_ms{600'000};
// Rows that a walk holds at once.
inline constexpr std::size_t store_walk_rows_count_max = 500;
// Longer until there is a connection, or until the kernel saw what was sent arrive: unavailable.
inline constexpr std::chrono::milliseconds store_connect_timeout_ms{2'000};
inline constexpr std::chrono::milliseconds store_unacknowledged_timeout_ms{3'000};
// Between two attempts to connect, doubling, with full jitter.
inline constexpr std::chrono::milliseconds store_reconnect_min_ms{50};
inline constexpr std::chrono::milliseconds store_reconnect_max_ms{2'000};
// Migrations may wait so long for another instance that runs them.
inline constexpr std::chrono::milliseconds store_migration_wait_ms{60'000};

// The bus between instances. Discussions are spread over so many channels; every instance of an
// installation must have the same number.
inline constexpr std::size_t bus_partitions_count = 16;
// Accounts that have voted, told in one message; so many are told at once, fewer with the rates.
inline constexpr std::size_t bus_voted_count_max = 1'000;
// A larger message travels as a hint, and one that comes in larger is refused unread.
inline constexpr std::size_t bus_message_bytes_max = std::size_t{64} * 1024;
// What may wait to be published; over it the oldest is dropped and counted: the sweep finds it.
inline constexpr std::size_t bus_publish_bytes_max = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t bus_publish_count_max = 8'192;
// What the bus may have sent without being taken.
inline constexpr std::size_t bus_receive_bytes_max = std::size_t{1024} * 1024;
inline constexpr std::chrono::milliseconds bus_connect_timeout_ms{2'000};
// Longer without an answer: the connection counts as dead.
inline constexpr std::chrono::milliseconds bus_command_deadline_ms{2'000};
// Between two attempts to connect, doubling, with full jitter.
inline constexpr std::chrono::milliseconds bus_reconnect_min_ms{50};
inline constexpr std::chrono::milliseconds bus_reconnect_max_ms{2'000};
// A message to oneself through the bus; none back for so long: the bus counts as down.
inline constexpr std::chrono::milliseconds bus_probe_interval_ms{1'000};
inline constexpr std::chrono::milliseconds bus_probe_age_max_ms{3'000};
inline constexpr std::size_t bus_sentinels_count_max = 16;
// What was handed to Redis and is not sent, or not answered; over it messages wait to be published.
inline constexpr std::size_t bus_unsent_bytes_max = std::size_t{256} * 1024;
inline constexpr std::size_t bus_unanswered_count_max = 256;
// Redis is read in pieces of this size. An answer of more parts ends the connection.
inline constexpr std::size_t redis_read_bytes = std::size_t{16} * 1024;
inline constexpr std::size_t redis_reply_items_count_max = 4'096;
// At a stop, what waits to be published may take so long to leave.
inline constexpr std::chrono::milliseconds bus_stop_timeout_ms{500};
// What was taken from buckets of rates is told to other instances so often, and at once when it is
// about so many buckets.
inline constexpr std::chrono::milliseconds rates_tell_interval_ms{200};
inline constexpr std::size_t rates_told_count_max = 512;

// Readers of other instances: told on change but not more often than this, and again so often;
// what was not told again is forgotten.
inline constexpr std::chrono::milliseconds presence_tell_min_ms{1'000};
inline constexpr std::chrono::milliseconds presence_tell_again_ms{10'000};
inline constexpr std::chrono::milliseconds presence_forget_ms{30'000};
inline constexpr std::size_t presence_instances_count_max = 1'024;
// Numbers of readers that are remembered, one for each instance and discussion; more are not heard.
inline constexpr std::size_t presence_entries_count_max = 100'000;

// The same warning is written once in this time; the next says how many were left out.
inline constexpr std::chrono::milliseconds log_repeat_interval_ms{10'000};
inline constexpr std::size_t log_repeat_names_count_max = 256;

// An event loop that comes so late is not ready for more requests; one that did not answer at all
// for so long is to be restarted.
inline constexpr std::chrono::milliseconds loop_lag_ready_max_ms{2'000};
inline constexpr std::chrono::milliseconds loop_lag_alive_max_ms{30'000};
// One batch of writes that has run for so long hangs: not ready.
inline constexpr std::chrono::milliseconds writer_busy_max_ms{15'000};
// A stop that takes so much longer than drain_deadline_ms is ended by force.
inline constexpr std::chrono::milliseconds drain_overrun_ms{10'000};
// What a view of logs takes: longer lines are passed over, more instances are not shown, and so
// much of a file that was there before is looked at.
inline constexpr std::size_t log_view_line_bytes_max = std::size_t{64} * 1024;
inline constexpr std::size_t log_view_instances_count_max = 64;
inline constexpr std::size_t log_view_tail_bytes_max = std::size_t{4} * 1024 * 1024;

static_assert(catch_up_comments_max >= changeset_comments_max);
// Whoever waits for a lock or a statement hears of it before the connection is given up.
static_assert(store_lock_timeout_ms < store_statement_timeout_ms);
static_assert(store_statement_timeout_ms < store_answer_timeout_ms);
static_assert(room_flush_bytes_max + inbox_unread_bytes_max < catch_up_bytes_max);
static_assert(bus_receive_bytes_max > bus_message_bytes_max);
static_assert(bus_probe_age_max_ms > bus_probe_interval_ms);
static_assert(window_comments_default <= window_comments_max);
static_assert(discussions_page_default <= discussions_page_max);

}  // namespace parley
