#pragma once

#include "discussion/changeset.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley {

// What instances of one installation tell each other through a bus that others may reach as well.

// Something changed up to there; to be read from the store.
struct BusHint {
    DiscussionId discussion;
    Position position;
    friend bool operator==(const BusHint&, const BusHint&) = default;
};
// So many read there now, on the instance that says so.
struct BusPresence {
    DiscussionId discussion;
    std::size_t readers = 0;
    friend bool operator==(const BusPresence&, const BusPresence&) = default;
};
// From an instance to itself.
struct BusProbe {
    std::uint64_t number = 0;
    friend bool operator==(const BusProbe&, const BusProbe&) = default;
};
// Tokens that were taken from buckets of rates. The key says nothing about whose it is.
struct BusSpent {
    struct Bucket {
        std::uint8_t kind = 0;
        std::string key;
        std::uint32_t count = 0;
        friend bool operator==(const Bucket&, const Bucket&) = default;
    };
    std::vector<Bucket> buckets;
    friend bool operator==(const BusSpent&, const BusSpent&) = default;
};
// There are new account events; to be read from the store.
struct BusAccountEvents {
    friend bool operator==(const BusAccountEvents&, const BusAccountEvents&) = default;
};
// These accounts have voted.
struct BusVoted {
    std::vector<AccountId> accounts;
    friend bool operator==(const BusVoted&, const BusVoted&) = default;
};
using BusContent = std::variant<std::shared_ptr<const Changeset>, BusHint, BusPresence, BusProbe,
                                BusSpent, BusAccountEvents, BusVoted>;

struct BusMessage {
    std::string sender;  // the instance
    BusContent content;
};

// Messages to bytes and back: a magic word with the version, an HMAC-SHA256 over channel and text,
// and the text, which is JSON of one strict schema. The key is derived from the secret that all
// instances of an installation share; whoever does not have it can neither make a message nor move
// one to another channel. Thread-safe after its construction.
class BusCodec {
public:
    // `store` names what the instances share, `sender` this one.
    BusCodec(std::string_view secret, std::string store, std::string sender);

    // Never over bus_message_bytes_max: a changeset that would be travels as a hint.
    [[nodiscard]] std::string encode(std::string_view channel, const BusContent& content) const;

    // too_large, forbidden (not signed with our secret, for this channel, in this version),
    // malformed, or invalid_field where it is about another store. Nothing but the signature is
    // looked at before that is found to be ours.
    [[nodiscard]] result<BusMessage> decode(std::string_view channel, std::string_view bytes) const;

    [[nodiscard]] const std::string& sender() const { return sender_; }

private:
    using Mac = std::array<unsigned char, 32>;
    [[nodiscard]] Mac mac_of(std::string_view channel, std::string_view text) const;
    [[nodiscard]] std::string sign(std::string_view channel, std::string_view text) const;

    std::array<unsigned char, 32> key_{};
    std::string store_;
    std::string sender_;
};

// A name for the installation whose instances share this secret: 16 hexadecimal digits that do not
// give the secret away. Stable across restarts and restored backups.
[[nodiscard]] std::string installation_of(std::string_view secret);

// The JSON of a message whose signature was good. Exposed for tests. malformed, or invalid_field
// where `store` is another.
[[nodiscard]] result<BusMessage> read_bus_text(std::string_view json, std::string_view store);

}  // namespace parley
