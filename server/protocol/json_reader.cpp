#include "protocol/json_reader.hpp"

#include "base/limits.hpp"
#include "base/utf8.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace parley {

namespace {

namespace dom = simdjson::dom;

constexpr std::size_t first_capacity_bytes = 4 * 1024;
constexpr std::size_t shown_key_bytes_max = 60;

// A parser keeps its buffers, so each thread keeps one at hand for its next document.
thread_local std::unique_ptr<dom::parser> spare_parser;

// Null where there is no memory for one.
std::unique_ptr<dom::parser> take_parser() {
    if (spare_parser) return std::move(spare_parser);
    auto parser = std::make_unique<dom::parser>(ndjson_line_bytes_max);
    // This fixes the depth; the capacity grows with the documents.
    const auto code = parser->allocate(first_capacity_bytes, json_depth_max);
    return code == simdjson::SUCCESS ? std::move(parser) : nullptr;
}

Error parse_error(simdjson::error_code code) {
    switch (code) {
        case simdjson::CAPACITY: return make_error(Errc::too_large);
        case simdjson::MEMALLOC: return make_error(Errc::unavailable);
        case simdjson::UTF8_ERROR: return make_error(Errc::malformed, "This is not in UTF-8.");
        case simdjson::DEPTH_ERROR:
            return make_error(Errc::malformed, "The JSON is nested deeper than " +
                                                   std::to_string(json_depth_max) + " levels.");
        case simdjson::EMPTY: return make_error(Errc::malformed, "This is empty.");
        default: return make_error(Errc::malformed, "This is not valid JSON.");
    }
}

// A key that somebody made up, fit for a message: bounded, one line, no tricks with direction.
std::string shown_key(std::string_view key) {
    std::string shown;
    while (!key.empty()) {
        const Utf8Character next = next_utf8_character(key);
        if (shown.size() + next.bytes > shown_key_bytes_max) return shown + "…";
        if (!next.valid || is_control_or_direction(next.code)) shown += "\xEF\xBF\xBD";
        else shown += key.substr(0, next.bytes);
        key.remove_prefix(next.bytes);
    }
    return shown;
}

}  // namespace

struct JsonObject::Impl {
    // What all objects of one text share.
    struct Document {
        std::unique_ptr<dom::parser> parser = take_parser();
        std::optional<Error> error;

        Document() = default;
        Document(const Document&) = delete;
        Document& operator=(const Document&) = delete;
        ~Document() {
            if (!spare_parser) spare_parser = std::move(parser);
        }
    };
    struct Field {
        std::string_view key;
        dom::element value;
        bool taken = false;
    };

    Impl(std::shared_ptr<Document> of, std::string at) : document(std::move(of)), path(at) {}

    void fail(std::string_view name, std::string message) {
        if (document->error) return;
        document->error = make_error(Errc::invalid_field, std::move(message), path_of(name));
    }

    void fail_type(std::string_view name, std::string_view must_be) {
        fail(name, path_of(name) + " must be " + std::string(must_be) + ".");
    }

    [[nodiscard]] std::string path_of(std::string_view name) const {
        if (path.empty()) return std::string(name);
        return name.empty() ? path : path + "." + std::string(name);
    }

    void open(const dom::object& object) {
        for (const auto field : object) fields.push_back({field.key, field.value, false});
        std::vector<std::string_view> keys;
        for (const Field& field : fields) keys.push_back(field.key);
        std::sort(keys.begin(), keys.end());
        const auto twice = std::adjacent_find(keys.begin(), keys.end());
        if (twice == keys.end()) return;
        const std::string name = shown_key(*twice);
        fail(name, "The field \"" + path_of(name) + "\" is given more than once.");
    }

    // The value of a field, marked as taken; nothing where it is absent or all is over.
    [[nodiscard]] std::optional<dom::element> take(std::string_view name) {
        asked.push_back(name);
        if (document->error) return std::nullopt;
        for (Field& field : fields) {
            if (field.key != name) continue;
            field.taken = true;
            return field.value;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::string text_of(std::string_view name, const dom::element& value) {
        std::string_view text;
        if (value.get(text) != simdjson::SUCCESS) {
            fail_type(name, "a text");
            return {};
        }
        if (text.find('\0') != std::string_view::npos) {
            fail(name, path_of(name) + " must not contain the character U+0000.");
            return {};
        }
        return std::string(text);
    }

    std::shared_ptr<Document> document;
    std::string path;  // of this object within the text, "" for the outermost
    std::vector<Field> fields;
    std::vector<std::string_view> asked;
};

JsonObject::JsonObject(std::string_view json)
    : impl_(std::make_unique<Impl>(std::make_shared<Impl::Document>(), std::string())) {
    Impl::Document& document = *impl_->document;
    dom::element root;
    const simdjson::error_code code =
        document.parser ? document.parser->parse(json.data(), json.size()).get(root)
                        : simdjson::MEMALLOC;
    if (code != simdjson::SUCCESS) {
        document.error = parse_error(code);
        return;
    }
    dom::object object;
    if (root.get(object) != simdjson::SUCCESS) {
        document.error = make_error(Errc::malformed, "This must be one JSON object.");
        return;
    }
    impl_->open(object);
}

JsonObject::JsonObject(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JsonObject::JsonObject(JsonObject&& other) noexcept = default;
JsonObject& JsonObject::operator=(JsonObject&& other) noexcept = default;
JsonObject::~JsonObject() = default;

std::string JsonObject::text(std::string_view name) {
    const auto value = impl_->take(name);
    if (value) return impl_->text_of(name, *value);
    impl_->fail(name, impl_->path_of(name) + " is required: a text.");
    return {};
}

std::optional<std::string> JsonObject::text_if(std::string_view name, Null null) {
    const auto value = impl_->take(name);
    if (!value || (null == Null::absent && value->is_null())) return std::nullopt;
    return impl_->text_of(name, *value);
}

std::int64_t JsonObject::integer(std::string_view name, std::int64_t lowest, std::int64_t highest) {
    const auto value = integer_if(name, lowest, highest);
    if (!value) {
        impl_->fail(name, impl_->path_of(name) + " is required: a whole number from " +
                              std::to_string(lowest) + " to " + std::to_string(highest) + ".");
    }
    return value.value_or(lowest);
}

bool JsonObject::boolean(std::string_view name) {
    const auto value = impl_->take(name);
    bool yes = false;
    if (!value || value->get(yes) != simdjson::SUCCESS) impl_->fail_type(name, "true or false");
    return yes;
}

std::optional<std::int64_t> JsonObject::integer_if(std::string_view name, std::int64_t lowest,
                                                   std::int64_t highest) {
    const auto value = impl_->take(name);
    if (!value) return std::nullopt;
    std::int64_t number = 0;
    const bool fits = value->is<std::int64_t>() && value->get(number) == simdjson::SUCCESS;
    if (fits && number >= lowest && number <= highest) return number;
    impl_->fail_type(
        name, "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest));
    return std::nullopt;
}

void JsonObject::object_if(std::string_view name, Null null, const Read& read) {
    const auto value = impl_->take(name);
    if (!value || (null == Null::absent && value->is_null())) return;
    dom::object object;
    if (value->get(object) != simdjson::SUCCESS) {
        impl_->fail_type(name, "an object");
        return;
    }
    JsonObject inner(std::make_unique<Impl>(impl_->document, impl_->path_of(name)));
    inner.impl_->open(object);
    read(inner);
    static_cast<void>(inner.finish());  // the error is shared
}

bool JsonObject::texts_if(std::string_view name, std::size_t count_max,
                          const std::function<void(std::string)>& read) {
    const auto value = impl_->take(name);
    if (!value) return false;
    dom::array array;
    if (value->get(array) != simdjson::SUCCESS || array.size() > count_max) {
        impl_->fail_type(name, "a list of at most " + std::to_string(count_max) + " texts");
        return true;
    }
    for (const dom::element item : array) {
        std::string text = impl_->text_of(name, item);
        if (impl_->document->error) break;
        read(std::move(text));
    }
    return true;
}

bool JsonObject::objects_if(std::string_view name, std::size_t count_max, const Read& read) {
    const auto value = impl_->take(name);
    if (!value) return false;
    dom::array array;
    if (value->get(array) != simdjson::SUCCESS || array.size() > count_max) {
        impl_->fail_type(name, "a list of at most " + std::to_string(count_max) + " objects");
        return true;
    }
    std::size_t index = 0;
    for (const dom::element item : array) {
        const std::string path = impl_->path_of(name) + "[" + std::to_string(index++) + "]";
        JsonObject inner(std::make_unique<Impl>(impl_->document, path));
        dom::object object;
        if (item.get(object) == simdjson::SUCCESS) inner.impl_->open(object);
        else inner.impl_->fail_type({}, "an object");
        read(inner);
        if (inner.finish()) break;
    }
    return true;
}

void JsonObject::refuse(std::string_view name, std::string_view must_be) {
    impl_->fail(name, impl_->path_of(name) + " " + std::string(must_be));
}

void JsonObject::refuse_all(std::string_view sentence) { impl_->fail({}, std::string(sentence)); }

std::optional<Error> JsonObject::finish() {
    for (const Impl::Field& field : impl_->fields) {
        if (field.taken || impl_->document->error) continue;
        std::string allowed;
        for (const std::string_view name : impl_->asked) {
            allowed += allowed.empty() ? "" : ", ";
            allowed += name;
        }
        const std::string name = shown_key(field.key);
        impl_->fail(name, "There is no field \"" + impl_->path_of(name) +
                              "\" here. Allowed are: " + allowed + ".");
    }
    return impl_->document->error;
}

}  // namespace parley
