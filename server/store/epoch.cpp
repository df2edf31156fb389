#include "store/epoch.hpp"

#include <sys/random.h>

#include <array>

namespace parley {

namespace {

constexpr std::size_t epoch_chars = 10;

}  // namespace

result<Epoch> random_epoch() {
    constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
    static_assert(alphabet.size() == 32);
    std::array<unsigned char, epoch_chars> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        return make_error(Errc::unavailable, "The system gives no random numbers.");
    }
    Epoch epoch;
    for (const unsigned char byte : bytes) epoch.value += alphabet[byte % alphabet.size()];
    return epoch;
}

}  // namespace parley
