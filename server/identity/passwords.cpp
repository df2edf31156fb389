#include "identity/passwords.hpp"

#include "discussion/types.hpp"
#include "identity/common_passwords.hpp"
#include "identity/sodium.hpp"

#include <sodium.h>

#include <array>

namespace parley {

namespace {

// OWASP's second choice for Argon2id: 19 MiB, two passes, one lane.
constexpr unsigned long long passes = 2;
constexpr std::size_t memory_bytes = std::size_t{19} * 1024 * 1024;
constexpr std::chrono::milliseconds retry_after{1'000};

Error password_error(std::string message) {
    return make_error(Errc::invalid_field, std::move(message), "password");
}

}  // namespace

result<std::string> hash_password(std::string_view password) {
    prepare_sodium();
    std::array<char, crypto_pwhash_STRBYTES> phc{};
    // Fails only where the memory cannot be had.
    if (crypto_pwhash_str_alg(phc.data(), password.data(), password.size(), passes, memory_bytes,
                              crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return make_retry(Errc::unavailable, retry_after);
    }
    return std::string(phc.data());
}

bool verify_password(std::string_view password, std::string_view phc_hash) {
    prepare_sodium();
    if (phc_hash.empty() || phc_hash.size() >= crypto_pwhash_STRBYTES) return false;
    const std::string terminated(phc_hash);
    return crypto_pwhash_str_verify(terminated.c_str(), password.data(), password.size()) == 0;
}

const std::string& nobodys_password_hash() {
    // Salt and digest are random bytes, so nobody has a password that gives them.
    static const std::string hash =
        "$argon2id$v=19$m=19456,t=2,p=1$"
        "/t1PSyUc89P6qFPrMbXIhA$PND4OUbkGCBPmwN3TRQx8EmErqbwDHubOQpZ+QKLB38";
    return hash;
}

result<void> check_password(std::string_view password, const Limits& limits) {
    const std::size_t chars = count_code_points(password);
    if (chars < limits.password_chars_min) {
        return password_error("A password needs at least " +
                              std::to_string(limits.password_chars_min) + " characters.");
    }
    if (chars > limits.password_chars_max) {
        return password_error("A password may have at most " +
                              std::to_string(limits.password_chars_max) + " characters.");
    }
    if (is_common_password(password)) {
        return password_error(
            "This is one of the passwords that are guessed first. Choose another, for instance "
            "four words that do not belong together.");
    }
    return {};
}

}  // namespace parley
