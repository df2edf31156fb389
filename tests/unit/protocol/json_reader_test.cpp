#include "protocol/json_reader.hpp"

#include "base/limits.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace parley {

namespace {

using Null = JsonObject::Null;

std::optional<Error> error_of(std::string_view json) {
    JsonObject object(json);
    static_cast<void>(object.text_if("a"));
    return object.finish();
}

std::string nested(std::size_t levels) {  // the object counts as one of them
    return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
}

TEST(JsonReader, GivesWhatIsThere) {
    JsonObject object(
        R"({"t":"\u00e9\ud83d\ude00\/","i":-5,"n":null,"o":{"x":"y"},"l":[{"k":"1"},{"k":"2"}]})");
    EXPECT_EQ(object.text("t"), "é😀/");
    EXPECT_EQ(object.integer("i", -5, 5), -5);
    EXPECT_EQ(object.text_if("n", Null::absent), std::nullopt);
    EXPECT_EQ(object.text_if("missing"), std::nullopt);
    EXPECT_EQ(object.integer_if("missing too", 0, 1), std::nullopt);
    std::string seen;
    object.object_if("o", Null::refused, [&](JsonObject& inner) { seen += inner.text("x"); });
    object.object_if("no object", Null::refused, [&](JsonObject&) { seen += "!"; });
    EXPECT_TRUE(object.objects_if("l", 2, [&](JsonObject& item) { seen += item.text("k"); }));
    EXPECT_FALSE(object.objects_if("no list", 2, [&](JsonObject&) { seen += "!"; }));
    EXPECT_EQ(seen, "y12");
    EXPECT_EQ(object.finish(), std::nullopt);
}

TEST(JsonReader, OutlivesItsTextAndOtherObjects) {
    auto json = std::make_unique<std::string>(R"({"a":"kept"})");
    JsonObject first(*json);
    json.reset();
    for (int i = 0; i < 3; ++i) {
        JsonObject other(R"({"a":"another text of some length"})");
        EXPECT_EQ(other.text("a"), "another text of some length");
        EXPECT_EQ(other.finish(), std::nullopt);
    }
    JsonObject moved(std::move(first));
    EXPECT_EQ(moved.text("a"), "kept");
    EXPECT_EQ(moved.finish(), std::nullopt);
}

TEST(JsonReader, DepthEndsAtItsLimitWhateverWasReadBefore) {
    const auto check = [] {
        const auto deepest = error_of(nested(json_depth_max));
        ASSERT_TRUE(deepest);
        EXPECT_EQ(deepest->code, Errc::invalid_field) << deepest->message;  // read, and not a text
        for (const std::size_t levels :
             {json_depth_max + 1, json_depth_max + 2, std::size_t{500}}) {
            const auto error = error_of(nested(levels));
            ASSERT_TRUE(error) << levels;
            EXPECT_EQ(error->code, Errc::malformed) << levels;
            EXPECT_NE(error->message.find("16"), std::string::npos) << error->message;
        }
    };
    check();
    EXPECT_EQ(error_of(R"({"a":")" + std::string(500'000, 'x') + "\"}"), std::nullopt);
    check();
    EXPECT_EQ(error_of(nested(100'000))->code, Errc::malformed);
    EXPECT_EQ(error_of(std::string(100'000, '['))->code, Errc::malformed);
    EXPECT_EQ(error_of(std::string(500'000, '{'))->code, Errc::malformed);
}

TEST(JsonReader, RefusesBytesAroundTheObject) {
    const std::string good = R"({"a":"x"})";
    ASSERT_EQ(error_of(good), std::nullopt);
    ASSERT_EQ(error_of(" \r\n\t" + good + "\n "), std::nullopt);
    const std::string nul(1, '\0');
    for (const std::string& bad :
         {"\xEF\xBB\xBF" + good, good + "x", good + good, good + ",", good + nul, nul + good,
          "\xC2\xA0" + good, good + "\xE2\x80\x8B", std::string("\xFF\xFE{"), std::string()}) {
        const auto error = error_of(bad);
        ASSERT_TRUE(error) << bad;
        EXPECT_EQ(error->code, Errc::malformed) << bad;
    }
}

TEST(JsonReader, RefusesWhatIsNotUtf8) {
    for (const std::string_view bad :
         {"\x80", "\xFF", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xED\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xE2\x82", "\xF0\x9F\x98"}) {
        const auto error = error_of(R"({"a":")" + std::string(bad) + "\"}");
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code, Errc::malformed);
        EXPECT_EQ(error->message, "This is not in UTF-8.");
        EXPECT_EQ(error_of(R"({")" + std::string(bad) + R"(":1})")->code, Errc::malformed);
    }
    // Noncharacters and private use are text.
    EXPECT_EQ(error_of("{\"a\":\"\xEF\xBF\xBF \xEE\x80\x80 \xF4\x8F\xBF\xBF\"}"), std::nullopt);
}

TEST(JsonReader, RefusesEachCutOffForm) {
    const std::string good = R"({"a":"é\u00e9","b":[1,{"c":true}]})";
    for (std::size_t length = 0; length < good.size(); ++length) {
        const auto error = error_of(std::string_view(good).substr(0, length));
        ASSERT_TRUE(error) << length;
        EXPECT_EQ(error->code, Errc::malformed) << length;
    }
}

TEST(JsonReader, SizeEndsAtTheLongestLine) {
    const std::string frame = R"({"a":""})";
    const std::string fits =
        R"({"a":")" + std::string(ndjson_line_bytes_max - frame.size(), 'x') + "\"}";
    ASSERT_EQ(fits.size(), ndjson_line_bytes_max);
    EXPECT_EQ(error_of(fits), std::nullopt);
    EXPECT_EQ(error_of(fits + " ")->code, Errc::too_large);
}

TEST(JsonReader, RepeatedKeysAreFoundAfterUnescaping) {
    for (const std::string_view json :
         {R"({"a":"x","a":"x"})", R"({"a":"x","\u0061":"y"})", R"({"\u0061":"x","\u0061":"y"})",
          R"({"a":"x","b":1,"a":"y"})"}) {
        const auto error = error_of(json);
        ASSERT_TRUE(error) << json;
        EXPECT_EQ(error->code, Errc::invalid_field);
        EXPECT_EQ(error->field, "a") << json;
    }
    // Thousands of keys cost no more than sorting them.
    std::string many = "{";
    for (int i = 0; i < 50'000; ++i) many += "\"k" + std::to_string(i) + "\":0,";
    many += "\"k0\":0}";
    EXPECT_EQ(error_of(many)->field, "k0");
}

TEST(JsonReader, SaysWhichFieldsThereAre) {
    JsonObject object(R"({"body":"x","boddy":"y"})");
    static_cast<void>(object.text("body"));
    static_cast<void>(object.text_if("parent"));
    const auto error = object.finish();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->field, "boddy");
    EXPECT_EQ(error->message, "There is no field \"boddy\" here. Allowed are: body, parent.");
}

TEST(JsonReader, ShowsStrangeKeysTamed) {
    const auto lines = error_of("{\"x\\n\\u202e\\u0000y\":1}");
    ASSERT_TRUE(lines);
    EXPECT_EQ(lines->field, "x\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDy");
    const auto huge = error_of(R"({")" + std::string(60'000, 'k') + R"(":1})");
    ASSERT_TRUE(huge);
    EXPECT_LT(huge->message.size(), 200U);
    EXPECT_LT(huge->field.size(), 100U);
    const auto wide = error_of(R"({")" + std::string(59, 'k') + R"(😀":1})");
    EXPECT_EQ(wide->field, std::string(59, 'k') + "…");
}

TEST(JsonReader, IntegersAreExactAndBounded) {
    constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
    const auto read = [](std::string_view number) {
        JsonObject object(R"({"i":)" + std::string(number) + "}");
        const std::int64_t value = object.integer("i", -10, max);
        const auto error = object.finish();
        return error ? result<std::int64_t>(*error) : result<std::int64_t>(value);
    };
    EXPECT_EQ(*read("9007199254740993"), 9007199254740993);
    EXPECT_EQ(*read("9223372036854775807"), max);
    EXPECT_EQ(*read("-0"), 0);
    EXPECT_EQ(*read("-10"), -10);
    for (const std::string_view wrong :
         {"-11", "9223372036854775808", "18446744073709551615", "1.0", "1e2", "-0.0", "1e300",
          "\"1\"", "true", "null", "[1]", "{}"}) {
        ASSERT_TRUE(read(wrong).has_error()) << wrong;
        EXPECT_EQ(read(wrong).error().code, Errc::invalid_field) << wrong;
        EXPECT_EQ(read(wrong).error().field, "i") << wrong;
    }
    for (const std::string_view bad :
         {"1e400", "-1e400", "18446744073709551616", "99999999999999999999999999", "01", "+1", "1.",
          ".5", "1e", "--1", "0x10", "NaN", "Infinity", "1_000", ""}) {
        ASSERT_TRUE(read(bad).has_error()) << bad;
        EXPECT_EQ(read(bad).error().code, Errc::malformed) << bad;
    }
}

TEST(JsonReader, ListsAreBoundedAndTheirItemsNamed) {
    const auto read = [](std::string_view json) {
        JsonObject object(json);
        object.objects_if("l", 2, [](JsonObject& item) { static_cast<void>(item.text("k")); });
        return object.finish();
    };
    EXPECT_EQ(read(R"({"l":[]})"), std::nullopt);
    EXPECT_EQ(read(R"({"l":[{"k":"1"},{"k":"2"}]})"), std::nullopt);
    EXPECT_EQ(read(R"({"l":[{"k":"1"},{"k":"2"},{"k":"3"}]})")->field, "l");
    EXPECT_EQ(read(R"({"l":[{"k":"1"},{"k":2}]})")->field, "l[1].k");
    EXPECT_EQ(read(R"({"l":[{"k":"1"},[]]})")->field, "l[1]");
    EXPECT_EQ(read(R"({"l":[{"k":"1","z":1}]})")->field, "l[0].z");
    EXPECT_EQ(read(R"({"l":[{"k":"1","k":"1"}]})")->field, "l[0].k");
}

TEST(JsonReader, TheFirstErrorIsTheOneReported) {
    JsonObject object(R"({"a":1,"b":2})");
    EXPECT_EQ(object.text("a"), "");
    EXPECT_EQ(object.text("b"), "");
    object.refuse("b", "must be nice.");
    object.refuse_all("Nothing fits.");
    EXPECT_EQ(object.finish()->message, "a must be a text.");
}

TEST(JsonReader, TheCallersObjectionsCount) {
    JsonObject object(R"({"o":{"a":"x"}})");
    object.object_if("o", Null::refused, [](JsonObject& inner) {
        static_cast<void>(inner.text("a"));
        inner.refuse("a", "must be y.");
    });
    const auto error = object.finish();
    ASSERT_TRUE(error);
    EXPECT_EQ(*error, make_error(Errc::invalid_field, "o.a must be y.", "o.a"));
}

TEST(JsonReader, RandomDamageIsAnErrorOrAValue) {
    constexpr unsigned seed = 20260122;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::string good =
        R"({"a":"x\u00e9 é","o":{"a":"b"},"l":[{"k":1},{"k":-2.5e3}],"n":null})";
    constexpr std::string_view bytes = "{}[]\",:\\u0019ae-+.\xC3\xA9\xFF \n";
    for (int round = 0; round < 5'000; ++round) {
        std::string json = good;
        for (unsigned change = 0; change <= random() % 4; ++change) {
            const std::size_t place = random() % json.size();
            const char byte = bytes[random() % bytes.size()];
            if (random() % 3 == 0) json.erase(place, 1);
            else if (random() % 2 == 0) json.insert(place, 1, byte);
            else json[place] = byte;
        }
        JsonObject object(json);
        static_cast<void>(object.text_if("a", Null::absent));
        object.object_if("o", Null::absent, [](JsonObject& o) { static_cast<void>(o.text("a")); });
        object.objects_if("l", 2, [](JsonObject& k) { static_cast<void>(k.integer("k", 0, 9)); });
        static_cast<void>(object.text_if("n", Null::absent));
        const auto error = object.finish();
        if (!error) continue;
        EXPECT_TRUE(error->code == Errc::malformed || error->code == Errc::invalid_field) << json;
        EXPECT_FALSE(error->message.empty());
    }
}

}  // namespace

}  // namespace parley
