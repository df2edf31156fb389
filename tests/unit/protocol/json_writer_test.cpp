#include "protocol/json_writer.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <limits>

namespace parley {

namespace {

std::string written(std::string_view text) {
    std::string out;
    append_json_text(out, text);
    return out;
}

void append_utf8(std::string& out, unsigned code) {
    const auto byte = [&out](unsigned value) { out += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0U | (code >> 6U));
        byte(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        byte(0xE0U | (code >> 12U));
        byte(0x80U | ((code >> 6U) & 0x3FU));
        byte(0x80U | (code & 0x3FU));
    } else {
        byte(0xF0U | (code >> 18U));
        byte(0x80U | ((code >> 12U) & 0x3FU));
        byte(0x80U | ((code >> 6U) & 0x3FU));
        byte(0x80U | (code & 0x3FU));
    }
}

TEST(JsonWriter, EveryCodePointComesBack) {
    simdjson::dom::parser parser;
    std::string text;
    for (unsigned code = 0; code <= 0x10FFFF; ++code) {
        if (code < 0xD800 || code > 0xDFFF) append_utf8(text, code);
        if (code % 0x1000 != 0xFFF) continue;
        simdjson::dom::element back;
        const std::string json = written(text);
        ASSERT_EQ(parser.parse(json).get(back), simdjson::SUCCESS) << std::hex << code;
        ASSERT_EQ(std::string_view(back), text) << std::hex << code;
        text.clear();
    }
}

TEST(JsonWriter, EscapesOnlyWhatJsonRequires) {
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("a\"b\\c/d"), R"("a\"b\\c/d")");
    EXPECT_EQ(written("\n\r\t\b\f\x1F\x7F"), "\"\\n\\r\\t\\u0008\\u000c\\u001f\x7F\"");
    EXPECT_EQ(written(std::string_view("\0", 1)), R"("\u0000")");
    EXPECT_EQ(written("é…😀\xE2\x80\xA8"), "\"é…😀\xE2\x80\xA8\"");
}

TEST(JsonWriter, BytesThatAreNoTextAreReplaced) {
    constexpr std::string_view sign = "\xEF\xBF\xBD";
    const auto quoted = [](const std::string& inner) { return "\"" + inner + "\""; };
    EXPECT_EQ(written("a\xFFz"), quoted("a" + std::string(sign) + "z"));
    EXPECT_EQ(written("\xC3"), quoted(std::string(sign)));
    EXPECT_EQ(written("\xC3\""), quoted(std::string(sign) + "\\\""));
    // An overlong slash, a surrogate and a code above 10FFFF: nothing of them gets through.
    for (const std::string_view bad : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
        const std::string out = written(bad);
        EXPECT_TRUE(simdjson::validate_utf8(out)) << out;
        EXPECT_NE(out.find(sign), std::string::npos);
    }
}

TEST(JsonWriter, PutsCommasBetweenAndNowhereElse) {
    JsonWriter json;
    json.open_object().key("a").open_array().close_array();
    json.key("b").open_array().number(1).open_object().close_object().text("x").null();
    json.close_array().text_key("c\"").boolean(true).key("d").open_object().key("e").boolean(false);
    json.close_object().key("f").digits(-12).close_object();
    EXPECT_EQ(json.take(), R"({"a":[],"b":[1,{},"x",null],"c\"":true,"d":{"e":false},"f":"-12"})");
}

TEST(JsonWriter, NumbersAtTheirEnds) {
    JsonWriter json;
    json.open_array().number(std::numeric_limits<std::int64_t>::min());
    json.number(std::numeric_limits<std::int64_t>::max()).number(0);
    json.digits(std::numeric_limits<std::int64_t>::max()).close_array();
    EXPECT_EQ(json.take(), R"([-9223372036854775808,9223372036854775807,0,"9223372036854775807"])");
}

}  // namespace

}  // namespace parley
