#include "identity/names.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace parley {
namespace {

std::string key(std::string_view name) {
    const auto checked = check_name(name, Limits{});
    EXPECT_TRUE(checked.has_value()) << name << ": " << (checked ? "" : checked.error().message);
    return checked ? checked->key : "refused: " + std::string(name);
}

std::string shown(std::string_view name) {
    const auto checked = check_name(name, Limits{});
    return checked ? checked->shown : "refused";
}

std::string refusal_of(std::string_view name) {
    const auto checked = check_name(name, Limits{});
    if (checked.has_value()) return "taken";
    EXPECT_EQ(checked.error().code, Errc::invalid_field);
    EXPECT_EQ(checked.error().field, "name");
    return checked.error().message;
}

TEST(CheckName, TakesTheNamesThatPeopleHave) {
    for (const char* name : {"Jo",         "Ada Lovelace", "O'Neil", "D’Arcy",   "Jean-Luc",
                             "Dr. Müller", "anna_b",       "Zoë 2",  "Łukasz",   "Nguyễn Thị Hương",
                             "Владимир",   "Γιώργος",      "שרה",    "محمد علي", "王小明",
                             "田中さん",   "김민준",       "สมชาย",  "अनीता",    "မြို့သူ",
                             "Tom田中",    "R2-D2",        "Tram 🚋"}) {
        EXPECT_EQ(shown(name), name);
    }
}

TEST(CheckName, TidiesSpaceAndComposes) {
    EXPECT_EQ(shown("  Ada   Lovelace "), "Ada Lovelace");
    EXPECT_EQ(shown("Ada\u00A0\u2003Lovelace\u3000"), "Ada Lovelace");
    EXPECT_EQ(shown("Zoe\u0308"), "Zoë");
}

TEST(CheckName, CountsCharactersOfTheShownForm) {
    EXPECT_NE(refusal_of("").find("2 to 40"), std::string::npos);
    EXPECT_NE(refusal_of("   a   ").find("2 to 40"), std::string::npos);
    EXPECT_EQ(shown("é e"), "é e");
    const std::string longest(40, 'x');
    EXPECT_EQ(shown(longest), longest);
    EXPECT_NE(refusal_of(longest + "x").find("2 to 40"), std::string::npos);
    std::string umlauts;
    for (int i = 0; i < 40; ++i) umlauts += "u\u0308";
    EXPECT_NE(shown(umlauts), "refused") << "40 characters once composed";
    EXPECT_NE(refusal_of(std::string(1'000'000, 'x')), "taken");
}

TEST(CheckName, RefusesWhatNobodySees) {
    for (const char* name :
         {"Ada\nLovelace",     "Ada\tLovelace",     "Ada\x01",           "Ada\x7f",
          "Ada\u200bLovelace", "Ada\u200dLovelace", "Ada\u202eecalevoL", "Ada\u2066x",
          "Ada\u2028Lovelace", "Ada\ufeff",         "Ada\u00ad",         "Ada\u034f",
          "Ada\ufe0f",         "Ada\u3164",         "Ada\u115f",         "Ada\u2800",
          "Ada\ue000",         "Ada\U000E0041",     "Ada\U0010FFFF",     "Ada\u0378"}) {
        EXPECT_NE(refusal_of(name).find("nobody sees"), std::string::npos) << name;
    }
    EXPECT_NE(refusal_of(std::string_view("Ada\0x", 5)), "taken");
}

TEST(CheckName, RefusesWhatIsNoUtf8) {
    for (const char* name : {"Ada\xff", "Ada\xc3", "\xc0\x80 Ada", "Ada\xed\xa0\x80"}) {
        EXPECT_NE(refusal_of(name).find("UTF-8"), std::string::npos);
    }
}

TEST(CheckName, RefusesWhatHasNoLetterOrTowersOfMarks) {
    EXPECT_NE(refusal_of("...").find("letter"), std::string::npos);
    EXPECT_NE(refusal_of("🚋🚋").find("letter"), std::string::npos);
    EXPECT_NE(refusal_of("\u0308Ada"), "taken");
    EXPECT_NE(refusal_of("Ada .\u0323"), "taken");
    EXPECT_NE(refusal_of("Ad\u0316\u0317\u0318\u0319\u031ca"), "taken");
    EXPECT_NE(refusal_of("Ad\u0316\u0316\u0316a"), "taken");
}

TEST(CheckName, RefusesMisleadingMixturesOfScripts) {
    for (const char* name : {"\u0410da Lovelace",  // a Cyrillic capital A
                             "Gi\u043ergio",       // a Cyrillic o
                             "Αda",                // a Greek Alpha
                             "Ada\u0661\u0967",    // digits of two scripts
                             "محمد\u0661\u06f2",   // digits of two systems, one script
                             "Fi\u0307na"}) {      // a dot that the i hides
        EXPECT_NE(refusal_of(name).find("script"), std::string::npos) << name;
    }
}

TEST(NameKey, IsEqualForNamesThatLookAlike) {
    EXPECT_EQ(key("Ada Lovelace"), key("ada LOVELACE"));
    EXPECT_EQ(key("Ada Lovelace"), key("  Ada\u00a0 Lovelace"));
    EXPECT_EQ(key("Zoë"), key("ZOE\u0308"));
    EXPECT_EQ(key("Strauß"), key("STRAUSS"));
    EXPECT_EQ(key("ﬁona"), key("Fiona"));
    EXPECT_EQ(key("Ａｄａ"), key("Ada"));
    EXPECT_EQ(key("paypal"), key("paypa1"));
    EXPECT_EQ(key("Paul"), key("PauI"));
    EXPECT_EQ(key("Ian Hill"), key("lan Hill"));
    EXPECT_EQ(key("Bob"), key("B0b"));
    EXPECT_EQ(key("modern"), key("modem"));
    EXPECT_EQ(key("O'Neil"), key("O’Neil"));
    // All Cyrillic against all Latin, small and capital.
    EXPECT_EQ(key("\u0441\u043e\u0441\u043e"), key("coco"));
    EXPECT_EQ(key("\u041d\u0415\u041d\u0410"), key("HEHA"));
    EXPECT_EQ(key("Вера"), key("вера"));
}

TEST(NameKey, DiffersForNamesThatDiffer) {
    EXPECT_NE(key("Ada"), key("Adam"));
    EXPECT_NE(key("Ada Lovelace"), key("AdaLovelace"));
    EXPECT_NE(key("Zoë"), key("Zoe"));
    EXPECT_NE(key("王小明"), key("王大明"));
    EXPECT_NE(key("Владимир"), key("Влад"));
}

TEST(NameKey, IsItsOwnKeyForTheShownForm) {
    for (const char* name : {"  ADA  lovelace", "ﬁona", "Zoe\u0308", "Вера", "B0b", "İstanbul"}) {
        EXPECT_EQ(key(shown(name)), key(name));
    }
}

TEST(ReservedNames, AreRefusedForSignUpWithTheirLookAlikes) {
    for (const char* name : {"admin", "Admin", "ADMIN", "a.d.m.i.n", "ad min", "adm1n", "Adrnin",
                             "Moderator", "M0derator", "Parley", "par1ey", "parIey", "-root-"}) {
        const std::string refusal = refusal_of(name);
        EXPECT_NE(refusal.find("reserved"), std::string::npos) << name << ": " << refusal;
    }
    EXPECT_EQ(shown("Adminah"), "Adminah");
    EXPECT_EQ(shown("Mod Ern"), "Mod Ern");
}

TEST(ReservedNames, MayBeGivenByTheOperatorAndSignIn) {
    const auto given = check_name("Admin", Limits{}, Naming::by_operator);
    ASSERT_TRUE(given.has_value());
    EXPECT_EQ(given->shown, "Admin");
    const auto looked_up = name_for_sign_in(" admin ");
    ASSERT_TRUE(looked_up.has_value());
    EXPECT_EQ(looked_up->key, given->key);
    EXPECT_TRUE(check_name("\n", Limits{}, Naming::by_operator).has_error());
}

TEST(NameForSignIn, HasNoOtherBoundsThanThatItIsText) {
    EXPECT_EQ(name_for_sign_in("Ada Lovelace")->key, key("ADA lovelace"));
    EXPECT_EQ(name_for_sign_in("")->key, "");
    EXPECT_TRUE(name_for_sign_in(std::string(200, 'x')).has_value());
    EXPECT_TRUE(name_for_sign_in(std::string(1'000'000, 'x')).has_error());
    EXPECT_TRUE(name_for_sign_in("\xff").has_error());
}

TEST(CheckName, MayBeCalledByManyThreads) {
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([] {
            for (int round = 0; round < 50; ++round) EXPECT_EQ(key("B0b"), key("bob"));
        });
    }
    for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace parley
