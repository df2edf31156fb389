#pragma once

#include "base/error.hpp"
#include "base/limits.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace parley {

// Argon2id (libsodium), 19 MiB and 2 passes, in PHC form. Each call takes tens of milliseconds of
// one core: never on the event loop.
[[nodiscard]] result<std::string> hash_password(std::string_view password);
[[nodiscard]] bool verify_password(std::string_view password, std::string_view phc_hash);

// Verifying against this takes as long as against a real one: unknown names answer like known ones.
[[nodiscard]] const std::string& nobodys_password_hash();

// 8 to 128 characters, not one of the most common ones; the message says what is wrong.
[[nodiscard]] result<void> check_password(std::string_view password, const Limits& limits);

// Two threads with a bounded queue, so that a flood of sign-ins cannot take all cores or memory.
class PasswordPool {
public:
    explicit PasswordPool(const Limits& limits);
    ~PasswordPool();
    PasswordPool(const PasswordPool&) = delete;
    PasswordPool& operator=(const PasswordPool&) = delete;

    // The completions run on a thread of the pool. busy (with retry_after) when the queue is full,
    // and then they are not called. Thread-safe.
    [[nodiscard]] result<void> hash(std::string password,
                                    std::function<void(result<std::string>)> done);
    [[nodiscard]] result<void> verify(std::string password, std::string phc_hash,
                                      std::function<void(bool)> done);
    void stop();
    [[nodiscard]] std::size_t queued() const;  // thread-safe

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace parley
