#include "store/sqlite/statement.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"

#include <sqlite3.h>

#include <utility>

namespace parley::sqlite {

namespace {

constexpr int primary_code(int code) { return code & 0xFF; }

Errc errc_of(int code) {
    switch (primary_code(code)) {
        case SQLITE_FULL: return Errc::storage_full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::corrupt_store;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Errc::busy;
        // The data of one command does not fit the rows that are there.
        case SQLITE_CONSTRAINT:
        case SQLITE_TOOBIG: return Errc::conflict;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_NOMEM:
        case SQLITE_PERM:
        case SQLITE_READONLY: return Errc::unavailable;
        default: return Errc::internal;
    }
}

}  // namespace

Error error_of(sqlite3* database, int code) {
    const Errc errc = errc_of(code);
    if (errc != Errc::busy) {
        log_event(LogLevel::error, "store.sqlite_error",
                  {{"code", code},
                   {"meaning", sqlite3_errstr(code)},
                   {"reason", database == nullptr ? "" : sqlite3_errmsg(database)}});
    }
    if (errc == Errc::busy) return make_retry(errc, std::chrono::milliseconds(1'000));
    return make_error(errc);
}

void StatementDeleter::operator()(sqlite3_stmt* statement) const noexcept {
    // Answers the error of the last step, which its caller has seen.
    static_cast<void>(sqlite3_finalize(statement));
}

// --- Query --------------------------------------------------------------------------------------

// A statement is taken out of the cache while it is in use: a second use at the same time gets one
// of its own.
Query::Query(sqlite3* database, StatementCache& cache, Sql sql)
    : database_(database), cache_(cache), text_(sql.text()) {
    const auto kept = cache_.find(text_);
    if (kept != cache_.end() && kept->second) {
        statement_ = std::move(kept->second);
        return;
    }
    sqlite3_stmt* compiled = nullptr;
    note(sqlite3_prepare_v3(database_, text_.data(), static_cast<int>(text_.size()),
                            SQLITE_PREPARE_PERSISTENT, &compiled, nullptr));
    statement_.reset(compiled);
}

Query::~Query() {
    if (!statement_) return;
    static_cast<void>(sqlite3_reset(statement_.get()));
    static_cast<void>(sqlite3_clear_bindings(statement_.get()));
    cache_[text_] = std::move(statement_);
}

void Query::note(int code) {
    if (code != SQLITE_OK && !failed_) failed_ = error_of(database_, code);
}

Query& Query::bind(std::int64_t value) {
    if (!failed_) note(sqlite3_bind_int64(statement_.get(), ++parameter_, value));
    return *this;
}

Query& Query::bind(std::string_view text) {
    if (failed_) return *this;
    const char* data = text.empty() ? "" : text.data();
    note(sqlite3_bind_text64(statement_.get(), ++parameter_, data, text.size(), SQLITE_TRANSIENT,
                             SQLITE_UTF8));
    return *this;
}

Query& Query::bind_blob(std::string_view bytes) {
    if (failed_) return *this;
    // A null pointer would be NULL, not an empty value.
    const char* data = bytes.empty() ? "" : bytes.data();
    note(sqlite3_bind_blob64(statement_.get(), ++parameter_, data, bytes.size(), SQLITE_TRANSIENT));
    return *this;
}

Query& Query::bind_null() {
    if (!failed_) note(sqlite3_bind_null(statement_.get(), ++parameter_));
    return *this;
}

Query& Query::bind(const Digest256& digest) {
    if (failed_) return *this;
    note(sqlite3_bind_blob64(statement_.get(), ++parameter_, digest.data(), digest.size(),
                             SQLITE_TRANSIENT));
    return *this;
}

result<bool> Query::next() {
    if (failed_) return *failed_;
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    failed_ = error_of(database_, code);
    return *failed_;
}

result<void> Query::run() {
    return each([]() -> result<void> { return {}; });
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Query::bytes(int column) const {
    // The pointer first: asking for it may convert the value, and with it the length.
    const void* data = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    if (data == nullptr || size <= 0) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

}  // namespace parley::sqlite
