#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "store/postgres/arguments.hpp"
#include "store/postgres/endpoint.hpp"
#include "store/postgres/results.hpp"
#include "store/sql.hpp"

#include <chrono>
#include <span>
#include <unordered_map>

struct pg_conn;

namespace parley::postgres {

// One statement and what fills its parameters.
struct Request {
    Sql sql;
    Arguments arguments{};
};

// An open connection. One thread at a time. Never waits longer than it is told to: what is not
// answered in time, or not at all, ends the connection with `unavailable`, and whether the server
// has carried it out is unknown.
class Connection {
public:
    // Tries the hosts in turn, each for store_connect_timeout_ms. unavailable with a sentence for
    // the operator where none answers.
    [[nodiscard]] static result<std::unique_ptr<Connection>> open(
        const std::vector<Parameters>& endpoint);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Sends all requests together and waits for all answers: one round trip however many they are.
    // Where one fails, those after it are not carried out, and its error is the answer.
    [[nodiscard]] result<std::vector<Rows>> run(
        std::span<const Request> requests,
        std::chrono::milliseconds within = store_answer_timeout_ms);
    // One request.
    [[nodiscard]] result<Rows> run(const Request& request,
                                   std::chrono::milliseconds within = store_answer_timeout_ms);
    // One or more statements without parameters whose rows nobody reads. For migrations.
    [[nodiscard]] result<void> execute(const char* script,
                                       std::chrono::milliseconds within = store_answer_timeout_ms);

    // False once anything was lost. Looks whether the server has closed it meanwhile.
    [[nodiscard]] bool is_alive();
    // It was closed, by the server or on the way to it; not because nothing came in time.
    [[nodiscard]] bool was_cut() const { return !connection_ && !timed_out_; }
    [[nodiscard]] bool in_transaction() const;
    // Where a transaction is open, ends it without a trace; else nothing. A connection that cannot
    // even do that is ended.
    void rollback() noexcept;
    // The server has warned of something since the last round trip began (it ends the wait for a
    // standby that way, and then says that the commit took place).
    [[nodiscard]] bool was_warned() const { return warned_; }
    // The SQLSTATE of the last error, "" after a success.
    [[nodiscard]] const std::string& last_state() const { return last_state_; }

private:
    struct Closer {
        void operator()(pg_conn* connection) const noexcept;
    };
    enum class Step : std::uint8_t { prepare, answer };
    struct Expected {
        Step step = Step::answer;
        const char* sql = nullptr;
    };

    Connection() = default;
    [[nodiscard]] static result<std::unique_ptr<Connection>> open_one(const Parameters& parameters);
    [[nodiscard]] result<void> wait_until_open(MonotonicTime deadline);
    [[nodiscard]] bool send(const Request& request, std::vector<Expected>& expected);
    [[nodiscard]] result<std::vector<Rows>> receive(std::span<const Expected> expected,
                                                    MonotonicTime deadline);
    // The next result, or a null pointer that stands between those of two statements.
    [[nodiscard]] result<ResultPtr> next_result(MonotonicTime deadline);
    [[nodiscard]] Error lost(std::string_view why);
    [[nodiscard]] Error failed(const pg_result* result);

    std::unique_ptr<pg_conn, Closer> connection_;  // absent once lost
    // By the address of the constant's first character: the names of what the server has prepared.
    std::unordered_map<const char*, std::string> prepared_;
    std::uint64_t statements_named_ = 0;
    bool warned_ = false;
    bool timed_out_ = false;
    std::string last_state_;
};

}  // namespace parley::postgres
