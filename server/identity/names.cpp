#include "identity/names.hpp"

#include "discussion/types.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uspoof.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <stdexcept>

namespace parley {

namespace {

// More bytes than any name may have are not looked at: a character has at most four, and
// composing a name shortens it to a tenth at the very most.
constexpr std::size_t input_bytes_max = 4'096;
// Letters carry one or two marks, in Burmese up to four; a tower of them covers its neighbours.
constexpr int marks_in_a_row_max = 4;
// Looks empty, although Unicode counts it as a symbol.
constexpr UChar32 braille_blank = 0x2800;

// Names that readers would take for the publisher's own. Compared by key, without spaces and
// punctuation, so their look-alikes are refused too.
constexpr auto reserved = std::to_array<std::string_view>({
    "admin",     "administrator", "anonymous", "deleted",  "editor", "editorial", "mod",
    "moderator", "moderators",    "official",  "operator", "owner",  "parley",    "removed",
    "root",      "security",      "staff",     "support",  "system", "team",      "webmaster",
});

void expect_success(UErrorCode status) {
    if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
}

const icu::Normalizer2& nfc() {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* instance = icu::Normalizer2::getNFCInstance(status);
    expect_success(status);
    return *instance;
}

const icu::Normalizer2& nfkc_case_folding() {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* instance = icu::Normalizer2::getNFKCCasefoldInstance(status);
    expect_success(status);
    return *instance;
}

struct CloseChecker {
    void operator()(USpoofChecker* checker) const { uspoof_close(checker); }
};

// Immutable once made, and so free to be used by several threads.
const USpoofChecker* spoof_checker() {
    static const std::unique_ptr<USpoofChecker, CloseChecker> checker = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<USpoofChecker, CloseChecker> made(uspoof_open(&status));
        expect_success(status);
        uspoof_setRestrictionLevel(made.get(), USPOOF_HIGHLY_RESTRICTIVE);
        uspoof_setChecks(made.get(),
                         USPOOF_RESTRICTION_LEVEL | USPOOF_MIXED_NUMBERS | USPOOF_INVISIBLE |
                             USPOOF_HIDDEN_OVERLAY,
                         &status);
        expect_success(status);
        return made;
    }();
    return checker.get();
}

template <class Transform>
icu::UnicodeString transformed(const icu::UnicodeString& text, Transform transform) {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString out;
    transform(text, out, status);
    expect_success(status);
    return out;
}

icu::UnicodeString composed(const icu::UnicodeString& text) {
    return transformed(text, [](const auto& in, auto& out, UErrorCode& status) {
        nfc().normalize(in, out, status);
    });
}

icu::UnicodeString case_folded(const icu::UnicodeString& text) {
    return transformed(text, [](const auto& in, auto& out, UErrorCode& status) {
        nfkc_case_folding().normalize(in, out, status);
    });
}

icu::UnicodeString skeleton(const icu::UnicodeString& text) {
    return transformed(text, [](const auto& in, auto& out, UErrorCode& status) {
        uspoof_getSkeletonUnicodeString(spoof_checker(), 0, in, out, &status);
    });
}

bool is_ascii(const icu::UnicodeString& text) {
    for (int32_t i = 0; i < text.length(); ++i) {
        if (text[i] >= 0x80) return false;
    }
    return true;
}

std::string to_utf8(const icu::UnicodeString& text) {
    std::string utf8;
    return text.toUTF8String(utf8);
}

template <class Visit>
void each_character(const icu::UnicodeString& text, Visit visit) {
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) visit(text.char32At(i));
}

// The skeleton of one folded letter. Where only its capital looks Latin (Cyrillic en and ve), that
// one's: the key must be the same however the name is capitalized.
icu::UnicodeString letter_skeleton(UChar32 letter) {
    icu::UnicodeString small = skeleton(icu::UnicodeString(letter));
    if (is_ascii(small)) return small;
    icu::UnicodeString capital = skeleton(icu::UnicodeString(u_toupper(letter)));
    return is_ascii(capital) ? capital : small;
}

std::string make_key(const icu::UnicodeString& shown) {
    icu::UnicodeString letters;
    each_character(case_folded(shown), [&](UChar32 c) { letters.append(letter_skeleton(c)); });
    // Skeletons have capitals (0 becomes O), so they are folded once more. Then i and l are one
    // letter, because the capital of the first is the shape of the second.
    std::string key = to_utf8(case_folded(letters));
    std::replace(key.begin(), key.end(), 'i', 'l');
    return key;
}

// Composed, without space at the ends, each run of spaces made one.
icu::UnicodeString tidied(const icu::UnicodeString& text) {
    icu::UnicodeString out;
    bool space_before = false;
    each_character(composed(text), [&](UChar32 c) {
        if (u_charType(c) == U_SPACE_SEPARATOR) {
            space_before = !out.isEmpty();
            return;
        }
        if (space_before) out.append(u' ');
        space_before = false;
        out.append(c);
    });
    return out;
}

bool is_refused_character(UChar32 c) {
    constexpr std::uint32_t refused_types = U_GC_C_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK;
    return (U_GET_GC_MASK(c) & refused_types) != 0 || c == braille_blank ||
           u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0;
}

// What a reader would miss or misread in the name; nothing where it is fine.
const char* complaint(const icu::UnicodeString& shown) {
    bool has_letter = false;
    bool refused = false;
    bool after_letter = false;
    bool stray_mark = false;
    int marks = 0;
    each_character(shown, [&](UChar32 c) {
        refused = refused || is_refused_character(c);
        if ((U_GET_GC_MASK(c) & U_GC_M_MASK) != 0) {
            ++marks;
            stray_mark = stray_mark || !after_letter || marks > marks_in_a_row_max;
            return;
        }
        marks = 0;
        after_letter = (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
        has_letter = has_letter || after_letter;
    });
    if (refused) return "A name may not hold control characters or characters that nobody sees.";
    if (!has_letter) return "A name needs a letter or a digit.";
    if (stray_mark) return "A name may not hold accents that stand alone or pile up.";
    UErrorCode status = U_ZERO_ERROR;
    const int32_t found = uspoof_check2UnicodeString(spoof_checker(), shown, nullptr, &status);
    expect_success(status);
    if (found != 0)
        return "This name mixes letters or digits of different scripts. Use one script.";
    return nullptr;
}

const std::set<std::string>& reserved_keys() {
    static const std::set<std::string> keys = [] {
        std::set<std::string> made;
        for (const std::string_view name : reserved) {
            made.insert(make_key(icu::UnicodeString::fromUTF8(
                icu::StringPiece(name.data(), static_cast<int32_t>(name.size())))));
        }
        return made;
    }();
    return keys;
}

bool is_reserved(const icu::UnicodeString& shown) {
    icu::UnicodeString letters;
    each_character(shown, [&](UChar32 c) {
        if ((U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK)) != 0) letters.append(c);
    });
    return reserved_keys().contains(make_key(letters));
}

Error name_error(std::string message) {
    return make_error(Errc::invalid_field, std::move(message), "name");
}

// The name as it would be shown; an error where it is no text of a bearable length.
result<icu::UnicodeString> read_name(std::string_view utf8) {
    if (utf8.size() > input_bytes_max) return name_error("This name is much too long.");
    const icu::StringPiece bytes(utf8.data(), static_cast<int32_t>(utf8.size()));
    icu::UnicodeString text = icu::UnicodeString::fromUTF8(bytes);
    // What is not UTF-8 was replaced, and does not come out again as it went in.
    if (to_utf8(text) != utf8) return name_error("A name has to be text in UTF-8.");
    return tidied(text);
}

}  // namespace

result<CheckedName> check_name(std::string_view utf8, const Limits& limits, Naming naming) {
    const result<icu::UnicodeString> read = read_name(utf8);
    if (read.has_error()) return read.error();
    const icu::UnicodeString& shown = *read;
    std::string text = to_utf8(shown);
    const std::size_t chars = count_code_points(text);
    if (chars < limits.name_chars_min || chars > limits.name_chars_max) {
        return name_error("A name has " + std::to_string(limits.name_chars_min) + " to " +
                          std::to_string(limits.name_chars_max) + " characters.");
    }
    if (const char* sentence = complaint(shown)) return name_error(sentence);
    if (naming == Naming::sign_up && is_reserved(shown)) {
        return name_error("This name is reserved. Choose another.");
    }
    return CheckedName{std::move(text), make_key(shown)};
}

result<CheckedName> name_for_sign_in(std::string_view utf8) {
    const result<icu::UnicodeString> read = read_name(utf8);
    if (read.has_error()) return read.error();
    return CheckedName{to_utf8(*read), make_key(*read)};
}

}  // namespace parley
