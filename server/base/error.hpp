#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

// Why something was refused or failed. One value for each reason that a caller, a user or an
// operator would act on differently. The wire code and the HTTP status of each are in error.cpp.
enum class Errc : std::uint8_t {
    // What the request says.
    malformed,             // not JSON, not UTF-8, or JSON of the wrong shape
    invalid_field,         // a field has a value that is not allowed; the message names it
    too_large,             // a body, text or line is over its limit
    headers_too_large,     // the header of a request is over its limit
    unsupported_media,     // a body that is not application/json
    epoch_required,        // a position without the epoch it belongs to
    key_required,          // a write that needs an Idempotency-Key came without one
    key_reused,            // the same Idempotency-Key with another request
    precondition_too_far,  // the position is too far behind, or of another epoch: read again

    // Who asks.
    unauthenticated,  // no session, or one that is over
    bad_credentials,  // unknown name or wrong password; never says which
    forbidden,        // signed in, but not allowed to do this
    origin_refused,   // a browser on a site that may not write here
    name_taken,       // somebody has this name, or one that looks like it
    signup_closed,    // the publisher does not take new accounts
    banned,           // the account may not write

    // What it is about.
    not_found,           // no such route, or nothing there that this person may see
    unknown_discussion,  // no discussion of that id
    unknown_comment,     // no comment of that id that this person may see
    method_not_allowed,  // the path exists, this method on it does not
    discussion_locked,   // nobody may write or vote here any more
    comment_gone,        // the comment was removed or deleted
    edit_window_over,    // an author's time to change a comment has passed
    own_comment,         // nobody votes on their own comment
    conflict,            // the thing is not in the state that the request assumes

    // What the server can do now. All but the last two heal by themselves: retry.
    busy,           // a queue is full, or the command waited past its deadline
    rate_limited,   // too many requests from this account or address
    unavailable,    // the store or another part that is needed cannot be reached
    storage_full,   // the disk is full; nothing was written
    corrupt_store,  // the stored data contradicts itself
    internal,       // a bug; the log has the event
};

// An expected failure, as a value. The message is a sentence for the person who made the request;
// it never holds secrets, SQL or paths.
struct Error {
    Errc code = Errc::internal;
    std::string message;
    std::optional<std::chrono::milliseconds> retry_after;  // set where a retry helps
    std::string field;                                     // the field that is wrong, where one is

    friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using result = boost::system::result<T, Error>;

// Called by result<T>::value() on an error: taking a value that is not there is a bug.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

// The stable code on the wire ("edit_window_over"), the status of the HTTP answer and a short
// title for the problem document. Thread-safe, never fail.
[[nodiscard]] std::string_view wire_code(Errc code) noexcept;
[[nodiscard]] int http_status(Errc code) noexcept;
[[nodiscard]] std::string_view title(Errc code) noexcept;

// True where the same request may succeed later without being changed.
[[nodiscard]] bool is_retryable(Errc code) noexcept;

// Shorthand: an Error with the usual sentence of its code, or with one of the caller's.
[[nodiscard]] Error make_error(Errc code);
[[nodiscard]] Error make_error(Errc code, std::string message, std::string field = {});
[[nodiscard]] Error make_retry(Errc code, std::chrono::milliseconds after);

}  // namespace parley
