#include "store/postgres/link.hpp"

#include "base/log.hpp"
#include "store/postgres/migrations.hpp"

#include <algorithm>

namespace parley::postgres {

namespace {

// In the session, not in the URL, so that what the URL says of `options` stays.
Request session_settings(Use use) {
    const auto text = [](std::chrono::milliseconds time) { return std::to_string(time.count()); };
    Request request{
        "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
        " set_config('idle_in_transaction_session_timeout', $3, false),"
        " set_config('default_transaction_read_only', $4, false),"
        // A server that waits for more than its own disk keeps doing so.
        " set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
        " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),"
        " set_config('default_transaction_isolation', 'read committed', false),"
        " set_config('standard_conforming_strings', 'on', false),"
        // Every statement of ours names rows by an index. A plan made while a table was small must
        // not read all of it when it is large, so plans that do are not made.
        " set_config('enable_seqscan', 'off', false),"
        " set_config('enable_bitmapscan', 'off', false),"
        " set_config('enable_hashjoin', 'off', false),"
        " set_config('enable_mergejoin', 'off', false),"
        " set_config('plan_cache_mode', 'force_generic_plan', false),"
        " set_config('jit', 'off', false)"};
    request.arguments.add(text(store_statement_timeout_ms));
    request.arguments.add(text(store_lock_timeout_ms));
    request.arguments.add(text(store_idle_transaction_timeout_ms));
    request.arguments.add(use == Use::read ? "on" : "off");
    return request;
}

constexpr Sql select_facts =
    "SELECT pg_is_in_recovery(), current_setting('server_encoding'),"
    " current_setting('server_version_num')::int8, current_setting('fsync'),"
    " current_setting('full_page_writes')";

result<void> check_facts(const Row& facts, bool is_first) {
    constexpr std::int64_t oldest = 130'000;
    if (facts.is_true(0)) {
        return make_error(Errc::unavailable,
                          "This database server is a standby. Parley reads and writes the primary: "
                          "name all servers in store.url, HOST,HOST.");
    }
    if (facts.bytes(1) != "UTF8") {
        return make_error(Errc::unavailable,
                          "The database has the encoding " + facts.text(1) +
                              ". Parley needs UTF8: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE "
                              "template0.");
    }
    if (facts.integer(2) < oldest) {
        return make_error(Errc::unavailable, "Parley needs PostgreSQL 13 or later.");
    }
    if (is_first && (facts.bytes(3) != "on" || facts.bytes(4) != "on")) {
        log_event(LogLevel::warn, "store.not_durable",
                  {{"reason",
                    "the server runs with fsync or full_page_writes off: what it "
                    "acknowledges can be lost when the machine stops"}});
    }
    return {};
}

}  // namespace

Link::Link(std::shared_ptr<Shared> shared)
    : shared_(std::move(shared)), random_(std::random_device{}()) {}

result<void> Link::open() { return connect(true); }

result<Connection*> Link::get() {
    if (connection_ && connection_->is_alive()) return connection_.get();
    if (connection_) {
        // One that was good is made again at once. One that does not answer is not asked again at
        // once, so that whoever waits for it is not kept for a second time.
        if (!connection_->was_cut()) note_failure();
        connection_.reset();
    }
    if (std::chrono::steady_clock::now() < not_before_) return make_error(Errc::unavailable);
    if (auto connected = connect(false); connected.has_error()) {
        log_event(LogLevel::warn, "store.connect_failed", {{"reason", connected.error().message}});
        return make_error(Errc::unavailable);
    }
    return connection_.get();
}

result<void> Link::connect(bool may_migrate) {
    auto opened = Connection::open(shared_->endpoint);
    if (opened.has_error()) {
        note_failure();
        return std::move(opened.error());
    }
    if (auto ready = prepare(**opened, may_migrate); ready.has_error()) {
        note_failure();
        return ready;
    }
    connection_ = std::move(*opened);
    backoff_ = std::chrono::milliseconds(0);
    if (std::exchange(was_open_, true)) log_event(LogLevel::info, "store.reconnected");
    return {};
}

// Everything that could be different on the other side is looked at again: who knows what a
// failover or a restore has brought.
result<void> Link::prepare(Connection& connection, bool may_migrate) {
    const std::array questions{session_settings(shared_->use), Request{select_facts}};
    const auto facts = connection.run(questions);
    if (facts.has_error()) return facts.error();
    if (auto good = check_facts(facts->back().front(), may_migrate); good.has_error()) return good;
    const bool writes = shared_->use == Use::write;
    auto fits = may_migrate && writes ? migrate(connection, migrations())
                                      : require_schema(connection, migrations());
    if (fits.has_error()) return fits;
    result<Epoch> epoch = writes ? settle_history(connection) : read_epoch(connection);
    if (epoch.has_error()) return epoch.error();
    shared_->epoch.set(std::move(*epoch));
    return {};
}

void Link::note_failure() {
    backoff_ = std::clamp(backoff_ * 2, store_reconnect_min_ms, store_reconnect_max_ms);
    std::uniform_int_distribution<std::int64_t> jitter(0, backoff_.count());
    not_before_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(jitter(random_));
}

}  // namespace parley::postgres
