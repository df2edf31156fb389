#include "store/postgres/arguments.hpp"

#include <array>

namespace parley::postgres {

namespace {

template <class Unsigned>
std::array<char, sizeof(Unsigned)> big_endian(Unsigned value) {
    std::array<char, sizeof(Unsigned)> bytes{};
    for (std::size_t i = sizeof(Unsigned); i > 0; value = value >> 7U >> 1U) {
        bytes.at(--i) = static_cast<char>(static_cast<unsigned char>(value & 0xFFU));
    }
    return bytes;
}

template <class Unsigned>
void append_big_endian(std::string& bytes, Unsigned value) {
    const auto encoded = big_endian(value);
    bytes.append(encoded.data(), encoded.size());
}

std::string_view bytes_of(const Digest256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

void append_int32(std::string& bytes, std::int32_t value) {
    append_big_endian(bytes, static_cast<std::uint32_t>(value));
}

void append_int64(std::string& bytes, std::int64_t value) {
    append_big_endian(bytes, static_cast<std::uint64_t>(value));
}

std::int64_t read_integer(std::string_view big_endian) {
    std::uint64_t number = 0;
    for (const char c : big_endian) number = number << 8U | static_cast<unsigned char>(c);
    switch (big_endian.size()) {
        case 1: return static_cast<std::int64_t>(number);  // a boolean
        case 2: return static_cast<std::int16_t>(number);
        case 4: return static_cast<std::int32_t>(number);
        case 8: return static_cast<std::int64_t>(number);
        default: return 0;
    }
}

// --- Column -------------------------------------------------------------------------------------

Column& Column::add(std::int64_t value) {
    append_int32(elements_, sizeof(value));
    append_int64(elements_, value);
    ++count_;
    return *this;
}

Column& Column::add(std::string_view bytes) {
    append_int32(elements_, static_cast<std::int32_t>(bytes.size()));
    elements_ += bytes;
    ++count_;
    return *this;
}

Column& Column::add(const Digest256& digest) { return add(bytes_of(digest)); }

Column& Column::add_null() {
    append_int32(elements_, -1);
    has_null_ = true;
    ++count_;
    return *this;
}

std::string Column::encoded() const {
    std::string bytes;
    append_int32(bytes, count_ == 0 ? 0 : 1);  // dimensions
    append_int32(bytes, has_null_ ? 1 : 0);
    append_int32(bytes, static_cast<std::int32_t>(type_));
    if (count_ == 0) return bytes;
    append_int32(bytes, count_);
    append_int32(bytes, 1);  // index of the first
    return bytes + elements_;
}

// --- Arguments ----------------------------------------------------------------------------------

Arguments& Arguments::add(std::int64_t value) {
    std::string bytes;
    append_int64(bytes, value);
    values_.emplace_back(std::move(bytes));
    return *this;
}

Arguments& Arguments::add(std::string_view bytes) {
    values_.emplace_back(bytes);
    return *this;
}

Arguments& Arguments::add(const Digest256& digest) { return add(bytes_of(digest)); }

Arguments& Arguments::add_null() {
    values_.emplace_back(std::nullopt);
    return *this;
}

Arguments& Arguments::add(const Column& column) {
    values_.emplace_back(column.encoded());
    return *this;
}

const char* Arguments::data(std::size_t at) const {
    const auto& value = values_.at(at);
    return value ? value->c_str() : nullptr;
}

int Arguments::bytes(std::size_t at) const {
    const auto& value = values_.at(at);
    return value ? static_cast<int>(value->size()) : 0;
}

}  // namespace parley::postgres
