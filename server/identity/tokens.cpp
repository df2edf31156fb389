#include "identity/tokens.hpp"

#include "base/log.hpp"
#include "identity/sodium.hpp"

#include <sodium.h>

#include <array>
#include <cstdlib>

namespace parley {

namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t token_chars = 43;
constexpr std::size_t blinded_bytes = 16;
constexpr int token_alphabet = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
static_assert(sodium_base64_ENCODED_LEN(token_bytes, token_alphabet) == token_chars + 1);
static_assert(std::tuple_size_v<Digest256> == crypto_hash_sha256_BYTES);

}  // namespace

void prepare_sodium() noexcept {
    static const bool ready = sodium_init() >= 0;
    if (ready) return;
    log_event(LogLevel::error, "identity.no_randomness");
    flush_log();
    std::abort();
}

std::string make_session_token() {
    prepare_sodium();
    std::array<unsigned char, token_bytes> random{};
    randombytes_buf(random.data(), random.size());
    std::array<char, token_chars + 1> text{};
    sodium_bin2base64(text.data(), text.size(), random.data(), random.size(), token_alphabet);
    sodium_memzero(random.data(), random.size());
    return {text.data(), token_chars};
}

std::optional<Digest256> session_token_digest(std::string_view token) {
    if (token.size() != token_chars) return std::nullopt;
    std::array<unsigned char, token_bytes> decoded{};
    const char* end = nullptr;
    // Refuses spare bits that are not zero as well, so that a token has one spelling only.
    const bool shaped =
        sodium_base642bin(decoded.data(), decoded.size(), token.data(), token.size(), nullptr,
                          nullptr, &end, token_alphabet) == 0 &&
        end == token.data() + token.size();
    sodium_memzero(decoded.data(), decoded.size());
    if (!shaped) return std::nullopt;
    return sha256(token);
}

Digest256 sha256(std::string_view bytes) {
    Digest256 digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                       bytes.size());
    return digest;
}

std::string blinded(std::string_view secret, std::string_view text) {
    const Digest256 key = sha256(secret);
    std::array<unsigned char, blinded_bytes> hash{};
    crypto_generichash(hash.data(), hash.size(),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.data(),
                       key.size());
    std::array<char, 2 * blinded_bytes + 1> digits{};
    sodium_bin2hex(digits.data(), digits.size(), hash.data(), hash.size());
    return {digits.data(), 2 * blinded_bytes};
}

}  // namespace parley
