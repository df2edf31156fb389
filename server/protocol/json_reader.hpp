#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

// Reads one JSON object by its schema. Each field is taken by its name, once; finish() then says
// the first thing that was wrong, or that nothing was. Strict: JSON that is not UTF-8, is nested
// deeper than json_depth_max, longer than ndjson_line_bytes_max, or has anything before or behind
// the object is `malformed` (or `too_large`); unknown and repeated fields, wrong types and U+0000
// are `invalid_field`, with the field's path ("quote.text") in Error::field.
//
//     JsonObject object(json);
//     const std::string body = object.text("body");
//     if (auto error = object.finish()) return std::move(*error);
//
// After the first error all functions give empty values, so only finish() needs to be looked at.
// Copies what it gives out; `json` is needed only by the constructor, names must be literals. Any
// number may exist on a thread at a time, each is used by one thread.
class JsonObject {
public:
    enum class Null : std::uint8_t {
        refused,
        absent,  // null means the same as leaving the field out
    };
    using Read = std::function<void(JsonObject&)>;

    explicit JsonObject(std::string_view json);
    JsonObject(JsonObject&& other) noexcept;
    JsonObject& operator=(JsonObject&& other) noexcept;
    JsonObject(const JsonObject&) = delete;
    JsonObject& operator=(const JsonObject&) = delete;
    ~JsonObject();

    // Required fields.
    [[nodiscard]] std::string text(std::string_view name);
    [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t lowest,
                                       std::int64_t highest);

    [[nodiscard]] bool boolean(std::string_view name);

    // Fields that may be left out.
    [[nodiscard]] std::optional<std::string> text_if(std::string_view name,
                                                     Null null = Null::refused);
    [[nodiscard]] std::optional<std::int64_t> integer_if(std::string_view name, std::int64_t lowest,
                                                         std::int64_t highest);
    // Calls `read` with the object of that name, where there is one, and finishes it.
    void object_if(std::string_view name, Null null, const Read& read);
    // Calls `read` with each text of a list of at most `count_max`. True where the field is there.
    bool texts_if(std::string_view name, std::size_t count_max,
                  const std::function<void(std::string)>& read);
    // Calls `read` with each object of a list of at most `count_max`. True where the field is
    // there.
    bool objects_if(std::string_view name, std::size_t count_max, const Read& read);

    // The caller's own objection to a field: "state must be one of: open, locked.", without the
    // field's name and the space after it.
    void refuse(std::string_view name, std::string_view must_be);
    // The caller's own objection to the object as a whole: a sentence.
    void refuse_all(std::string_view sentence);

    // The first error, or that of a field that nobody asked for. Call it last.
    [[nodiscard]] std::optional<Error> finish();

private:
    struct Impl;
    explicit JsonObject(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace parley
