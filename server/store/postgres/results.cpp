#include "store/postgres/results.hpp"

#include "store/postgres/arguments.hpp"

#include <libpq-fe.h>

#include <charconv>

namespace parley::postgres {

void ResultDeleter::operator()(pg_result* rows) const noexcept { PQclear(rows); }

std::int64_t Row::integer(int column) const { return read_integer(bytes(column)); }

std::string_view Row::bytes(int column) const {
    const char* data = PQgetvalue(rows_, number_, column);
    const int size = PQgetlength(rows_, number_, column);
    if (data == nullptr || size <= 0) return {};
    return {data, static_cast<std::size_t>(size)};
}

bool Row::is_null(int column) const { return PQgetisnull(rows_, number_, column) != 0; }

int Rows::size() const { return rows_ ? PQntuples(rows_.get()) : 0; }

std::int64_t Rows::changed() const {
    if (!rows_) return 0;
    const std::string_view digits = PQcmdTuples(rows_.get());
    std::int64_t count = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return count;
}

std::string_view Rows::tag() const {
    return rows_ ? std::string_view(PQcmdStatus(rows_.get())) : std::string_view();
}

}  // namespace parley::postgres
