#include "base/error.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace parley {

namespace {

struct Entry {
    Errc code;
    std::string_view wire_code;
    int http_status;
    std::string_view title;
    bool retryable;
    std::string_view sentence;  // says what to do where something can be done
};

// One row per Errc, in the order of the enum; the assertion below keeps it complete. Refusals that
// a change of the thing's state could lift are 409, those that nothing lifts are 403, and a comment
// that was taken away is 410.
constexpr std::array entries{
    Entry{Errc::malformed, "malformed", 400, "Malformed request", false,
          "The request could not be read. Send JSON in UTF-8, with the fields that the API "
          "describes."},
    Entry{Errc::invalid_field, "invalid_field", 400, "Invalid field", false,
          "A field has a value that is not allowed. Correct it and send the request again."},
    Entry{Errc::too_large, "too_large", 413, "Too large", false,
          "This is longer than allowed here. Shorten it and send it again."},
    Entry{Errc::headers_too_large, "headers_too_large", 431, "Header too large", false,
          "The header of the request is longer than this server takes."},
    Entry{Errc::unsupported_media, "unsupported_media", 415, "Unsupported media type", false,
          "Send the body as application/json."},
    Entry{Errc::epoch_required, "epoch_required", 400, "Epoch required", false,
          "A position needs its epoch. Send the epoch that came with it."},
    Entry{Errc::key_required, "key_required", 400, "Idempotency key required", false,
          "This request needs an Idempotency-Key header, so that a repetition is not done twice."},
    Entry{Errc::key_reused, "key_reused", 422, "Idempotency key reused", false,
          "This Idempotency-Key was used for another request. Choose a new key for each request."},
    Entry{Errc::precondition_too_far, "reload", 409, "Position out of reach", false,
          "Too much has happened since this position. Read the discussion again."},

    Entry{Errc::unauthenticated, "unauthenticated", 401, "Not signed in", false,
          "Sign in to do this."},
    Entry{Errc::bad_credentials, "bad_credentials", 401, "Wrong name or password", false,
          "The name or the password is wrong. Check both and try again."},
    Entry{Errc::forbidden, "forbidden", 403, "Not allowed", false,
          "Your account is not allowed to do this."},
    Entry{Errc::origin_refused, "origin_refused", 403, "Origin refused", false,
          "This site may not write here. Its operator can add it to site.origins."},
    Entry{Errc::name_taken, "name_taken", 409, "Name taken", false,
          "This name, or one that looks like it, is taken. Choose another."},
    Entry{Errc::signup_closed, "signup_closed", 403, "Sign-up closed", false,
          "New accounts are not being accepted at the moment."},
    Entry{Errc::banned, "banned", 403, "Banned", false,
          "This account may read but not write. Ask the moderators if you think that is a "
          "mistake."},

    Entry{Errc::not_found, "not_found", 404, "Not found", false, "There is nothing here."},
    Entry{Errc::unknown_discussion, "unknown_discussion", 404, "Unknown discussion", false,
          "There is no such discussion."},
    Entry{Errc::unknown_comment, "unknown_comment", 404, "Unknown comment", false,
          "There is no such comment."},
    Entry{Errc::method_not_allowed, "method_not_allowed", 405, "Method not allowed", false,
          "This address does not take that method. The Allow header lists those it takes."},
    Entry{Errc::discussion_locked, "discussion_locked", 409, "Discussion locked", false,
          "This discussion is closed: it can be read, but not written or voted in."},
    Entry{Errc::comment_gone, "comment_gone", 410, "Comment gone", false,
          "This comment was removed. Copy your text if you want to post it elsewhere."},
    Entry{Errc::edit_window_over, "edit_window_over", 403, "Too late to edit", false,
          "The time to edit this comment is over. Write a reply to add to it."},
    Entry{Errc::own_comment, "own_comment", 403, "Own comment", false,
          "You cannot vote on your own comment."},
    Entry{Errc::conflict, "conflict", 409, "Conflict", false,
          "This changed in the meantime. Look at its present state, then try again."},

    Entry{Errc::busy, "busy", 503, "Busy", true,
          "The server is busy. Nothing was saved; try again in a moment."},
    Entry{Errc::rate_limited, "rate_limited", 429, "Too many requests", true,
          "That was too much in a short time. Wait a little, then try again."},
    Entry{Errc::unavailable, "unavailable", 503, "Unavailable", true,
          "A part of the server cannot be reached right now. Try again in a moment."},
    Entry{Errc::storage_full, "storage_full", 507, "Storage full", true,
          "The server has no room left, so nothing was saved. Keep your text and try again later."},
    Entry{Errc::corrupt_store, "corrupt_store", 500, "Stored data is damaged", false,
          "The stored data is damaged. The operator has to run `parley check`."},
    Entry{Errc::internal, "internal", 500, "Internal error", false,
          "Something went wrong in the server. The operator finds the reason in the log."},
};

constexpr bool is_wire_code(std::string_view text) {
    for (const char c : text) {
        if (c != '_' && (c < 'a' || c > 'z')) return false;
    }
    return !text.empty();
}

constexpr bool is_complete() {
    if (entries.size() != static_cast<std::size_t>(Errc::internal) + 1) return false;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const Entry& entry = entries[i];
        if (entry.code != static_cast<Errc>(i)) return false;
        if (!is_wire_code(entry.wire_code) || entry.title.empty() || entry.sentence.empty())
            return false;
        if (entry.http_status < 400 || entry.http_status > 599) return false;
        for (std::size_t j = 0; j < i; ++j) {
            if (entries[j].wire_code == entry.wire_code) return false;
        }
    }
    return true;
}
static_assert(is_complete(), "each Errc needs one row, in the order of the enum");

const Entry& entry_of(Errc code) noexcept {
    const auto index = static_cast<std::size_t>(code);
    return index < entries.size() ? entries[index] : entries.back();
}

}  // namespace

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    throw std::logic_error("took the value of a failed result (" +
                           std::string(wire_code(error.code)) + ": " + error.message + ") at " +
                           where.to_string());
}

std::string_view wire_code(Errc code) noexcept { return entry_of(code).wire_code; }

int http_status(Errc code) noexcept { return entry_of(code).http_status; }

std::string_view title(Errc code) noexcept { return entry_of(code).title; }

bool is_retryable(Errc code) noexcept { return entry_of(code).retryable; }

Error make_error(Errc code) { return make_error(code, std::string(entry_of(code).sentence)); }

Error make_error(Errc code, std::string message, std::string field) {
    return Error{code, std::move(message), std::nullopt, std::move(field)};
}

Error make_retry(Errc code, std::chrono::milliseconds after) {
    Error error = make_error(code);
    error.retry_after = after;
    return error;
}

}  // namespace parley
