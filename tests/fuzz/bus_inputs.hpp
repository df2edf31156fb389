#pragma once

#include <string>
#include <string_view>

namespace parley::fuzz {

// What must hold of any bytes; what does not is said in a sentence, "" while all is well.

// Bytes of a Redis server: however they are cut, they are read the same, no more is held than was
// promised, and no conversation does worse than fail.
[[nodiscard]] std::string problem_with_replies(std::string_view bytes);

// The text of a message whose signature was good: it is refused, or it is read, written and read
// again as the same. As a message without a signature it is always refused.
[[nodiscard]] std::string problem_with_message(std::string_view bytes);

}  // namespace parley::fuzz
