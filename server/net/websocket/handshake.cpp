#include "net/websocket/handshake.hpp"

#include "base/limits.hpp"
#include "net/websocket/header_lists.hpp"

// For the digest by its oldest name, which is what the protocol wants it for.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <optional>

namespace parley {

namespace {

constexpr std::string_view key_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t key_chars = 24;  // sixteen bytes

Handshake refuse(int status, std::string_view why) {
    Handshake refused;
    refused.status = status;
    refused.refusal = why;
    return refused;
}

// All lines of a list together, or nothing where one of them is not a list of tokens.
std::optional<std::vector<std::string_view>> tokens_of(const std::vector<std::string_view>& lines) {
    std::vector<std::string_view> all;
    for (const std::string_view line : lines) {
        const auto tokens = parse_token_list(line);
        if (!tokens) return std::nullopt;
        all.insert(all.end(), tokens->begin(), tokens->end());
    }
    return all;
}

bool lists_ignoring_case(const std::vector<std::string_view>& lines, std::string_view token) {
    const auto tokens = tokens_of(lines);
    return tokens && std::any_of(tokens->begin(), tokens->end(), [&](std::string_view one) {
               return equal_ignoring_case(one, token);
           });
}

bool is_key(std::string_view key) {
    const auto is_base64 = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/';
    };
    return key.size() == key_chars && key.ends_with("==") &&
           std::all_of(key.begin(), key.end() - 2, is_base64);
}

// RFC 6455, section 4.2.2, paragraph 5.4.
std::string accept_value(std::string_view key) {
    std::string input(key);
    input += key_suffix;
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    // Not SHA1(), which first loads all of OpenSSL's providers: 2 MB for one digest.
    SHA_CTX sha1;
    SHA1_Init(&sha1);
    SHA1_Update(&sha1, input.data(), input.size());
    SHA1_Final(digest.data(), &sha1);
    std::array<unsigned char, 29> text{};  // of 20 bytes, with the 0 that is written behind
    const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

// The answer to an offer that we can take (RFC 7692, section 7.1); nothing for any other.
std::optional<std::string> deflate_answer(const ExtensionOffer& offer) {
    if (!equal_ignoring_case(offer.name, "permessage-deflate")) return std::nullopt;
    std::string answer =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    std::vector<std::string_view> seen;
    for (const ExtensionParameter& parameter : offer.parameters) {
        const auto is = [&](std::string_view name) {
            return equal_ignoring_case(parameter.name, name);
        };
        if (std::any_of(seen.begin(), seen.end(), is)) return std::nullopt;
        seen.push_back(parameter.name);
        if (is("server_no_context_takeover") || is("client_no_context_takeover")) {
            if (parameter.value) return std::nullopt;
        } else if (is("server_max_window_bits")) {
            // Frames are deflated once for all, with the largest window.
            if (parameter.value != "15") return std::nullopt;
            answer += "; server_max_window_bits=15";
        } else if (is("client_max_window_bits")) {
            static constexpr std::array<std::string_view, 8> bits{"8",  "9",  "10", "11",
                                                                  "12", "13", "14", "15"};
            const bool valid = !parameter.value ||
                               std::find(bits.begin(), bits.end(), *parameter.value) != bits.end();
            if (!valid) return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    return answer;
}

std::string response_for(std::string_view key, bool subprotocol, std::string_view extension) {
    std::string response =
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Server: Parley\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Accept: ";
    response += accept_value(key);
    response += "\r\n";
    if (subprotocol) {
        response += "Sec-WebSocket-Protocol: ";
        response += live_subprotocol;
        response += "\r\n";
    }
    if (!extension.empty()) {
        response += "Sec-WebSocket-Extensions: ";
        response += extension;
        response += "\r\n";
    }
    response += "\r\n";
    return response;
}

bool is_within_bounds(const std::vector<std::string_view>& lines) {
    std::size_t bytes = 0;
    for (const std::string_view line : lines) bytes += line.size();
    return bytes <= handshake_list_bytes_max;
}

}  // namespace

Handshake shake_hands(const HandshakeRequest& request) {
    if (!lists_ignoring_case(request.upgrade, "websocket")) {
        return refuse(426, "This address takes WebSocket upgrades only.");
    }
    if (request.method != "GET" || request.http_version < 11) {
        return refuse(400, "A WebSocket upgrade is a GET request of HTTP/1.1.");
    }
    if (!lists_ignoring_case(request.connection, "upgrade")) {
        return refuse(400, "The Connection field must name Upgrade.");
    }
    if (request.version.size() > 1) return refuse(400, "One Sec-WebSocket-Version is needed.");
    if (request.version.empty() || trimmed(request.version.front()) != "13") {
        return refuse(426, "Only version 13 of the WebSocket protocol is spoken here.");
    }
    if (request.key.size() != 1 || !is_key(trimmed(request.key.front()))) {
        return refuse(400, "One Sec-WebSocket-Key of 16 bytes in Base64 is needed.");
    }
    if (!is_within_bounds(request.protocols) || !is_within_bounds(request.extensions)) {
        return refuse(400, "Too many subprotocols or extensions are offered.");
    }
    const auto protocols = tokens_of(request.protocols);
    if (!protocols) return refuse(400, "Sec-WebSocket-Protocol is malformed.");
    Handshake shaken;
    std::string extension;
    for (const std::string_view line : request.extensions) {
        const auto offers = parse_extension_list(line);
        // RFC 6455, section 9.1: what is not of this form fails the connection.
        if (!offers) return refuse(400, "Sec-WebSocket-Extensions is malformed.");
        for (const ExtensionOffer& offer : *offers) {
            if (extension.empty()) extension = deflate_answer(offer).value_or(std::string());
        }
    }
    const bool subprotocol =
        std::find(protocols->begin(), protocols->end(), live_subprotocol) != protocols->end();
    shaken.deflate = !extension.empty();
    shaken.response = response_for(trimmed(request.key.front()), subprotocol, extension);
    return shaken;
}

}  // namespace parley
