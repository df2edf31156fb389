#include "store/postgres/connection.hpp"

#include "base/log.hpp"
#include "store/postgres/errors.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace parley::postgres {

namespace {

constexpr int binary_format = 1;

// False where the time is over first. Errors of the socket count as ready: the next use sees them.
bool wait_for(int descriptor, short events, MonotonicTime deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd wanted{descriptor, events, 0};
        const int ready =
            ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return true;
        if (ready == 0 && left.count() <= 0) return false;
    }
}

MonotonicTime after(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

// libpq's sentence on one line.
std::string reason_of(const pg_conn* connection) {
    std::string text = PQerrorMessage(connection);
    std::replace(text.begin(), text.end(), '\n', ' ');
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

void note_warning(void* warned, const pg_result* notice) {
    const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != nullptr && std::string_view(severity) == "WARNING") {
        *static_cast<bool*>(warned) = true;
    }
}

}  // namespace

void Connection::Closer::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }

Connection::~Connection() = default;

// --- opening ------------------------------------------------------------------------------------

result<std::unique_ptr<Connection>> Connection::open(const std::vector<Parameters>& endpoint) {
    Error last = make_error(Errc::unavailable);
    for (const Parameters& parameters : endpoint) {
        auto opened = open_one(parameters);
        if (opened.has_value()) return opened;
        last = std::move(opened.error());
    }
    return last;
}

result<std::unique_ptr<Connection>> Connection::open_one(const Parameters& parameters) {
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : parameters) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    std::unique_ptr<Connection> opened(new Connection);
    opened->connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
    auto done = opened->wait_until_open(after(store_connect_timeout_ms));
    if (done.has_value()) return opened;
    return make_error(Errc::unavailable, "The database " + name_of(parameters) +
                                             " cannot be reached: " + done.error().message);
}

result<void> Connection::wait_until_open(MonotonicTime deadline) {
    PGconn* connection = connection_.get();
    if (connection == nullptr) return make_error(Errc::unavailable, "out of memory");
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    if (PQstatus(connection) == CONNECTION_BAD) state = PGRES_POLLING_FAILED;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED) {
            return make_error(Errc::unavailable, reason_of(connection));
        }
        const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!wait_for(PQsocket(connection), events, deadline)) {
            return make_error(Errc::unavailable, "it does not answer");
        }
        state = PQconnectPoll(connection);
    }
    PQsetNoticeReceiver(connection, note_warning, &warned_);
    if (PQsetnonblocking(connection, 1) != 0 || PQenterPipelineMode(connection) != 1) {
        return make_error(Errc::unavailable, reason_of(connection));
    }
    return {};
}

// --- running ------------------------------------------------------------------------------------

result<std::vector<Rows>> Connection::run(std::span<const Request> requests,
                                          std::chrono::milliseconds within) {
    if (!connection_) return make_error(Errc::unavailable);
    const MonotonicTime deadline = after(within);
    warned_ = false;
    last_state_.clear();
    std::vector<Expected> expected;
    expected.reserve(requests.size() * 2);
    for (const Request& request : requests) {
        if (!send(request, expected)) return lost("a statement cannot be sent");
    }
    if (PQpipelineSync(connection_.get()) != 1) return lost("a statement cannot be sent");
    return receive(expected, deadline);
}

result<Rows> Connection::run(const Request& request, std::chrono::milliseconds within) {
    auto rows = run(std::span(&request, 1), within);
    if (rows.has_error()) return std::move(rows.error());
    return std::move(rows->front());
}

// Statements are prepared when they are first used, in the same round trip.
bool Connection::send(const Request& request, std::vector<Expected>& expected) {
    PGconn* connection = connection_.get();
    const char* sql = request.sql.text().data();
    const auto [place, is_new] = prepared_.try_emplace(sql);
    if (is_new) {
        // A new name each time: of one that failed nobody knows whether the server keeps it.
        place->second = "p" + std::to_string(++statements_named_);
        expected.push_back({Step::prepare, sql});
        if (PQsendPrepare(connection, place->second.c_str(), sql, 0, nullptr) != 1) return false;
    }
    const std::size_t count = request.arguments.size();
    std::vector<const char*> values(count);
    std::vector<int> sizes(count);
    const std::vector<int> formats(count, binary_format);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = request.arguments.data(i);
        sizes[i] = request.arguments.bytes(i);
    }
    expected.push_back({Step::answer, sql});
    return PQsendQueryPrepared(connection, place->second.c_str(), static_cast<int>(count),
                               values.data(), sizes.data(), formats.data(), binary_format) == 1;
}

// Each statement gives a result and then a null pointer; the end is a result of its own. After one
// that failed the server skips the others, which shows in their results.
result<std::vector<Rows>> Connection::receive(std::span<const Expected> expected,
                                              MonotonicTime deadline) {
    std::vector<Rows> answers;
    std::optional<Error> error;
    for (const Expected& one : expected) {
        result<ResultPtr> got = next_result(deadline);
        if (got.has_error()) return std::move(got.error());
        if (!*got) return lost("an answer is missing");
        const ExecStatusType status = PQresultStatus(got->get());
        const bool is_good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
        if (!is_good && one.step == Step::prepare) prepared_.erase(one.sql);
        if (!is_good && status != PGRES_PIPELINE_ABORTED && !error) error = failed(got->get());
        if (!connection_) return std::move(*error);
        if (is_good && one.step == Step::answer) answers.emplace_back(std::move(*got));
        if (auto end = next_result(deadline); end.has_error()) return std::move(end.error());
        else if (*end) return lost("an answer has no end");
    }
    const result<ResultPtr> sync = next_result(deadline);
    if (sync.has_error()) return sync.error();
    if (!*sync || PQresultStatus(sync->get()) != PGRES_PIPELINE_SYNC) {
        return lost("the answers have no end");
    }
    if (!error) return answers;
    // What the role may not do is no reason to come again.
    constexpr std::string_view not_permitted = "42501";
    if (error->code == Errc::unavailable && last_state_ != not_permitted) connection_.reset();
    return std::move(*error);
}

// Reads while it sends: a server that waits for us to read takes nothing more. And sends all before
// it asks for a result, because libpq would wait for that without an end.
result<ResultPtr> Connection::next_result(MonotonicTime deadline) {
    PGconn* connection = connection_.get();
    for (;;) {
        const int unsent = PQflush(connection);
        if (unsent < 0) return lost("a statement cannot be sent");
        if (unsent == 0 && PQisBusy(connection) == 0) break;
        // What the encryption has read already does not show at the socket.
        if (PQsslInUse(connection) != 0) {
            if (PQconsumeInput(connection) != 1) return lost("the connection was cut");
            if (unsent == 0 && PQisBusy(connection) == 0) break;
        }
        const short events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
        if (!wait_for(PQsocket(connection), events, deadline)) {
            timed_out_ = true;
            return lost("it does not answer in time");
        }
        if (PQconsumeInput(connection) != 1) return lost("the connection was cut");
    }
    return ResultPtr(PQgetResult(connection));
}

result<void> Connection::execute(const char* script, std::chrono::milliseconds within) {
    if (!connection_) return make_error(Errc::unavailable);
    const MonotonicTime deadline = after(within);
    if (PQexitPipelineMode(connection_.get()) != 1) return lost("a script cannot be sent");
    if (PQsendQuery(connection_.get(), script) != 1) return lost("a script cannot be sent");
    std::optional<Error> error;
    for (;;) {
        const result<ResultPtr> got = next_result(deadline);
        if (got.has_error()) return got.error();
        if (!*got) break;
        const ExecStatusType status = PQresultStatus(got->get());
        const bool is_good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
        if (!is_good && !error) error = failed(got->get());
        if (!connection_) return std::move(*error);
    }
    if (PQenterPipelineMode(connection_.get()) != 1) return lost("a script has no end");
    return error ? result<void>(std::move(*error)) : result<void>();
}

// --- the state of it ----------------------------------------------------------------------------

bool Connection::is_alive() {
    if (!connection_) return false;
    // Between two round trips the server sends next to nothing; an end shows as something to read.
    constexpr int reads_max = 8;
    PGconn* connection = connection_.get();
    for (int i = 0; i < reads_max; ++i) {
        pollfd waiting{PQsocket(connection), POLLIN, 0};
        if (::poll(&waiting, 1, 0) <= 0) break;
        if (PQconsumeInput(connection) != 1) break;
        static_cast<void>(PQisBusy(connection));
    }
    if (PQstatus(connection) == CONNECTION_OK) return true;
    static_cast<void>(lost("it was closed by the server"));
    return false;
}

bool Connection::in_transaction() const {
    if (!connection_) return false;
    const PGTransactionStatusType status = PQtransactionStatus(connection_.get());
    return status != PQTRANS_IDLE;
}

void Connection::rollback() noexcept {
    if (!in_transaction()) return;
    try {
        if (run(Request{"ROLLBACK"}).has_error()) connection_.reset();
    } catch (const std::exception&) {
        connection_.reset();
    }
}

Error Connection::lost(std::string_view why) {
    log_event(LogLevel::warn, "store.connection_lost",
              {{"reason", why}, {"message", reason_of(connection_.get())}});
    connection_.reset();
    return make_error(Errc::unavailable);
}

// A server that ends tells so in an error and closes the connection.
Error Connection::failed(const pg_result* result) {
    last_state_ = sqlstate_of(result);
    if (last_state_.empty() || PQstatus(connection_.get()) == CONNECTION_BAD) {
        return lost("the server ended it");
    }
    return error_of(result);
}

}  // namespace parley::postgres
