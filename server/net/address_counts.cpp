#include "net/address_counts.hpp"

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace parley {

namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t network_bytes = 8;  // of an IPv6 address, that are one customer's
constexpr unsigned short logged_bits_v4 = 24;
constexpr unsigned short logged_bits_v6 = 48;

// An IPv4 address that comes in IPv6 form as what it is.
ip::address plain(const ip::address& address) {
    const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    return is_mapped ? ip::make_address_v4(ip::v4_mapped, address.to_v6()) : address;
}

std::string key_of(const ip::address& address) {
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.begin() + network_bytes};
}

}  // namespace

AddressCounts::AddressCounts(std::size_t count_max, std::function<bool(const Address&)> is_exempt)
    : count_max_(count_max), is_exempt_(std::move(is_exempt)) {}

std::optional<AddressCounts::Seat> AddressCounts::take(const Address& address) {
    if (is_exempt_(address)) return Seat();
    const std::string key = key_of(plain(address));
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_.try_emplace(key, Entry{this, key, 0}).first->second;
    if (entry.count >= count_max_) return std::nullopt;
    ++entry.count;
    return Seat(entry);
}

void AddressCounts::leave(Entry& entry) {
    AddressCounts& owner = *entry.owner;
    const std::lock_guard lock(owner.mutex_);
    if (--entry.count == 0) owner.entries_.erase(std::string(entry.key));
}

std::string AddressCounts::network_of(const Address& address) {
    const ip::address whole = plain(address);
    if (whole.is_v4()) {
        return ip::make_network_v4(whole.to_v4(), logged_bits_v4).canonical().to_string();
    }
    return ip::make_network_v6(whole.to_v6(), logged_bits_v6).canonical().to_string();
}

std::size_t AddressCounts::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace parley
