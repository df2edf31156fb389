#pragma once

#include "discussion/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace parley::postgres {

// Values in PostgreSQL's binary form, so that nothing is quoted, escaped or cut at a NUL.

// What an array holds; the values are the types' object ids, which never change.
enum class ElementType : std::int32_t { bytea = 17, int8 = 20, text = 25 };

// One array parameter. Set-based statements take a column of a batch in each: unnest($1, $2, ...).
class Column {
public:
    explicit Column(ElementType type) : type_(type) {}

    Column& add(std::int64_t value);
    Column& add(std::string_view bytes);  // of a text, or of a bytea
    Column& add_null();
    Column& add(const Digest256& digest);
    Column& add(WallTime time) { return add(std::int64_t{time.time_since_epoch().count()}); }
    template <class Enum>
    requires std::is_enum_v<Enum> Column& add(Enum value) {
        return add(static_cast<std::int64_t>(value));
    }
    template <class Value>
    Column& add(const std::optional<Value>& value) {
        return value ? add(*value) : add_null();
    }

    [[nodiscard]] std::int32_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::string encoded() const;

private:
    ElementType type_;
    std::int32_t count_ = 0;
    bool has_null_ = false;
    std::string elements_;
};

// The parameters of one statement, in the order $1, $2, ...
class Arguments {
public:
    Arguments& add(std::int64_t value);
    Arguments& add(std::size_t count) { return add(static_cast<std::int64_t>(count)); }
    Arguments& add(std::string_view bytes);  // of a text, or of a bytea
    Arguments& add(const char* text) { return add(std::string_view(text)); }
    Arguments& add(const Digest256& digest);
    Arguments& add(WallTime time) { return add(std::int64_t{time.time_since_epoch().count()}); }
    template <class Enum>
    requires std::is_enum_v<Enum> Arguments& add(Enum value) {
        return add(static_cast<std::int64_t>(value));
    }
    Arguments& add_null();
    Arguments& add(const Column& column);

    [[nodiscard]] std::size_t size() const { return values_.size(); }
    // Null pointer: NULL. Until the next add().
    [[nodiscard]] const char* data(std::size_t at) const;
    [[nodiscard]] int bytes(std::size_t at) const;

private:
    std::vector<std::optional<std::string>> values_;
};

// Two, four or eight bytes as PostgreSQL sends them.
void append_int32(std::string& bytes, std::int32_t value);
void append_int64(std::string& bytes, std::int64_t value);
// Of one, two, four or eight bytes, with sign; 0 of anything else.
[[nodiscard]] std::int64_t read_integer(std::string_view big_endian);

}  // namespace parley::postgres
