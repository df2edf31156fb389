#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace parley {

// Why a live socket is closed (RFC 6455, section 7.4.1). `close_codes` has what each tells a
// client.
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    no_status = 1005,  // never on the wire: a close frame without a code
    bad_payload = 1007,
    policy = 1008,
    too_large = 1009,
    internal_error = 1011,
    service_restart = 1012,
    try_later = 1013,
    session_ended = 4001,
};

// What a client does after a close.
enum class AfterClose : std::uint8_t {
    nothing,          // it wanted to go
    reconnect,        // at once, with the usual pauses between attempts
    reconnect_anew,   // at once, as nobody: to be somebody takes a new session
    reconnect_later,  // not before the time in the reason, or half a minute without one
    mend,             // the client is broken: reconnecting would end the same way
};

struct CloseCodeRow {
    CloseCode code;
    AfterClose then;
    std::string_view meaning;
};

// The table of close codes. A code that is not in it means `reconnect` below 4000 and `mend` from
// there on.
inline constexpr std::array<CloseCodeRow, 11> close_codes{{
    {CloseCode::normal, AfterClose::nothing, "the answer to a client's own close"},
    {CloseCode::going_away, AfterClose::nothing, "the answer to a page that was left"},
    {CloseCode::protocol_error, AfterClose::mend, "the bytes are not the WebSocket protocol"},
    {CloseCode::no_status, AfterClose::nothing, "the answer to a close without a code"},
    {CloseCode::bad_payload, AfterClose::mend, "a text is not UTF-8, or does not inflate"},
    {CloseCode::policy, AfterClose::mend, "more was asked for than a client may"},
    {CloseCode::too_large, AfterClose::mend, "a message is over client_frame_bytes_max"},
    {CloseCode::internal_error, AfterClose::reconnect, "a bug of the server"},
    {CloseCode::service_restart, AfterClose::reconnect_later,
     "the server stops: come back after the retry_after_ms of the reason"},
    {CloseCode::try_later, AfterClose::reconnect_later,
     "nothing was taken for too long, or the server is full"},
    {CloseCode::session_ended, AfterClose::reconnect_anew,
     "the session that the socket was authenticated with is over, or its account is another now"},
}};

// True where a close frame may carry this code: those of RFC 6455, section 7.4, the registered 1012
// to 1014, and 3000 to 4999 for libraries and applications.
[[nodiscard]] constexpr bool is_close_code(unsigned code) noexcept {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

}  // namespace parley
