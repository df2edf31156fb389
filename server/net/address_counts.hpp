#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace parley {

// How many connections each address has open, so that no single one takes them all. An address of
// IPv6 counts with all others of its /64, which is what one customer has; an IPv4 address that
// comes in IPv6 form counts as what it is. Thread-safe: one for all shards, outlives all seats.
class AddressCounts {
    struct Entry {
        AddressCounts* owner = nullptr;
        std::string key;  // its own in the map
        std::size_t count = 0;
    };

public:
    // One connection that is counted, as a value; counted no more when it goes out of scope. As
    // small as a pointer, since every live socket holds one.
    class [[nodiscard]] Seat {
    public:
        Seat() = default;  // of an address that is not counted
        Seat(Seat&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
        Seat& operator=(Seat&& other) noexcept {
            std::swap(entry_, other.entry_);
            return *this;
        }
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;
        ~Seat() {
            if (entry_ != nullptr) leave(*entry_);
        }

    private:
        friend class AddressCounts;
        explicit Seat(Entry& entry) : entry_(&entry) {}
        Entry* entry_ = nullptr;
    };

    using Address = boost::asio::ip::address;

    // `is_exempt` says of which addresses there may be any number.
    AddressCounts(std::size_t count_max, std::function<bool(const Address&)> is_exempt);
    AddressCounts(const AddressCounts&) = delete;
    AddressCounts& operator=(const AddressCounts&) = delete;

    // Nothing where the address has as many as it may.
    [[nodiscard]] std::optional<Seat> take(const Address& address);
    // What the log may say of an address: "192.0.2.0/24", "2001:db8:1::/48".
    [[nodiscard]] static std::string network_of(const Address& address);
    // How many addresses have a connection that counts.
    [[nodiscard]] std::size_t size() const;

private:
    static void leave(Entry& entry);

    std::size_t count_max_;
    std::function<bool(const Address&)> is_exempt_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Entry> entries_;  // by the bytes that are compared
};

}  // namespace parley
