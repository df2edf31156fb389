#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace parley {

// Room for one pending Asio operation inside the object that waits for it, so that an idle
// connection needs no allocation of its own for its wait. One operation at a time has the room; a
// second one, or a larger, comes from the heap. One thread. It must outlive its operations.
class HandlerMemory {
public:
    // What a wait on a socket takes on the platforms this was measured on, and a little more.
    static constexpr std::size_t bytes = 96;

    HandlerMemory() = default;
    HandlerMemory(const HandlerMemory&) = delete;
    HandlerMemory& operator=(const HandlerMemory&) = delete;

    [[nodiscard]] void* allocate(std::size_t size) {
        if (used_ || size > bytes) return ::operator new(size);
        used_ = true;
        return storage_.data();
    }
    void deallocate(void* place) {
        if (place == storage_.data()) used_ = false;
        else ::operator delete(place);
    }

private:
    alignas(std::max_align_t) std::array<std::byte, bytes> storage_;
    bool used_ = false;
};

// The associated allocator of a handler that lives there.
template <class T>
class HandlerAllocator {
public:
    using value_type = T;

    explicit HandlerAllocator(HandlerMemory& memory) : memory_(&memory) {}
    template <class Other>
    HandlerAllocator(const HandlerAllocator<Other>& other) noexcept : memory_(other.memory()) {}

    [[nodiscard]] T* allocate(std::size_t count) {
        return static_cast<T*>(memory_->allocate(sizeof(T) * count));
    }
    void deallocate(T* place, std::size_t /*count*/) { memory_->deallocate(place); }

    [[nodiscard]] HandlerMemory* memory() const noexcept { return memory_; }
    template <class Other>
    bool operator==(const HandlerAllocator<Other>& other) const noexcept {
        return memory_ == other.memory();
    }

private:
    HandlerMemory* memory_;
};

}  // namespace parley
