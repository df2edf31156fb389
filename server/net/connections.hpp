#pragma once

#include "net/asio.hpp"

#include <cstdint>
#include <functional>
#include <list>

namespace parley {

// The connections of a shard, so that stopping can reach them. One thread.
class Connections {
public:
    // What stopping does to one of them.
    struct Entry {
        std::function<void()> close_when_idle;  // soon: after what is being answered
        std::function<void()> close_now;
    };

    // Membership as a value: left when it goes out of scope.
    class [[nodiscard]] Member {
    public:
        Member(Connections& owner, std::list<Entry>::iterator place)
            : owner_(&owner), place_(place) {}
        ~Member() { owner_->entries_.erase(place_); }
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;

    private:
        Connections* owner_;
        std::list<Entry>::iterator place_;
    };

    [[nodiscard]] Member join(Entry entry) {
        return Member(*this, entries_.insert(entries_.end(), std::move(entry)));
    }
    void close_when_idle();
    void close_now();
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    std::list<Entry> entries_;
};

}  // namespace parley
