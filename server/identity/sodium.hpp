#pragma once

namespace parley {

// Makes libsodium ready. Call before its first use on any path; cheap when it is ready already.
// Thread-safe. Ends the process where the system has no source of randomness.
void prepare_sodium() noexcept;

}  // namespace parley
