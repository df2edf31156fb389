#pragma once

#include <string_view>

namespace parley {

// True for the passwords that are guessed first, whatever their case: the well-known lists, the
// same character over and over, and runs along the alphabet, the digits or a keyboard.
[[nodiscard]] bool is_common_password(std::string_view password);

}  // namespace parley
