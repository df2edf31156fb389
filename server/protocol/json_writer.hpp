#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace parley {

// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, so
// that whatever comes out of a store can be read by every client.
void append_json_text(std::string& out, std::string_view text);

// Writes JSON straight into one string: commas are its business, nesting is the caller's. Compact,
// keys in the order of the calls. For one thread; cannot fail.
class JsonWriter {
public:
    explicit JsonWriter(std::size_t expected_bytes = 256) { out_.reserve(expected_bytes); }

    JsonWriter& open_object() { return open('{'); }
    JsonWriter& close_object() { return close('}'); }
    JsonWriter& open_array() { return open('['); }
    JsonWriter& close_array() { return close(']'); }

    // `name` is a literal that needs no escapes.
    JsonWriter& key(std::string_view name) {
        separate();
        out_ += '"';
        out_ += name;
        out_ += "\":";
        first_ = true;
        return *this;
    }
    // A key that is data.
    JsonWriter& text_key(std::string_view name) {
        separate();
        append_json_text(out_, name);
        out_ += ':';
        first_ = true;
        return *this;
    }

    JsonWriter& text(std::string_view value) {
        separate();
        append_json_text(out_, value);
        return *this;
    }
    JsonWriter& number(std::int64_t value);
    // As a string of digits, the form of ids.
    JsonWriter& digits(std::int64_t value);
    JsonWriter& boolean(bool value) { return literal(value ? "true" : "false"); }
    JsonWriter& null() { return literal("null"); }

    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    JsonWriter& open(char bracket) {
        separate();
        out_ += bracket;
        first_ = true;
        return *this;
    }
    JsonWriter& close(char bracket) {
        out_ += bracket;
        first_ = false;
        return *this;
    }
    JsonWriter& literal(std::string_view value) {
        separate();
        out_ += value;
        return *this;
    }
    void separate() {
        if (!first_) out_ += ',';
        first_ = false;
    }

    std::string out_;
    bool first_ = true;  // nothing stands before the next value that a comma would divide it from
};

}  // namespace parley
