#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace parley {

// Takes whole pages from the system and gives them back, each block aligned to its own size (a
// power of two). Throws std::bad_alloc.
[[nodiscard]] void* map_block(std::size_t bytes);
void unmap_block(void* block, std::size_t bytes) noexcept;

// The address sanitizer sees a use after its end only where each object is on the heap.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool slab_in_blocks = false;
#else
inline constexpr bool slab_in_blocks = true;
#endif

// Memory for very many objects of one type that come and go in thousands: they lie in blocks of
// their own, so that nothing else lies between them, and a block goes back to the system when its
// last object does. On the heap, what happened to be allocated among them would keep their pages.
// Costs no header for each object. One thread; every object must be destroyed before the slab.
template <class T, bool in_blocks = slab_in_blocks>
class Slab {
public:
    struct Deleter {
        void operator()(T* object) const noexcept { destroy(object); }
    };
    using Pointer = std::unique_ptr<T, Deleter>;

    Slab() = default;
    ~Slab() {
        if (spare_ != nullptr) unmap_block(spare_, block_bytes);
    }
    Slab(const Slab&) = delete;
    Slab& operator=(const Slab&) = delete;

    template <class... Arguments>
    [[nodiscard]] Pointer make(Arguments&&... arguments) {
        static_assert(cells_count >= 8, "too large for a slab");
        if constexpr (!in_blocks) {
            return Pointer(new T(std::forward<Arguments>(arguments)...));
        }
        void* place = take();
        try {
            return Pointer(new (place) T(std::forward<Arguments>(arguments)...));
        } catch (...) {
            give_back(place);
            throw;
        }
    }

private:
    static constexpr std::size_t block_bytes = std::size_t{64} * 1024;

    union Cell {
        Cell* next;
        alignas(T) std::array<std::byte, sizeof(T)> object;
    };
    struct Block {
        Slab* owner;
        Block* previous;  // among those with a free cell
        Block* next;
        Cell* free;
        std::size_t used;
    };
    static constexpr std::size_t cells_offset =
        (sizeof(Block) + alignof(Cell) - 1) / alignof(Cell) * alignof(Cell);
    static constexpr std::size_t cells_count = (block_bytes - cells_offset) / sizeof(Cell);

    static void destroy(T* object) noexcept {
        if constexpr (in_blocks) {
            object->~T();
            block_of(object).owner->give_back(object);
        } else {
            delete object;
        }
    }

    [[nodiscard]] static Block& block_of(void* place) noexcept {
        const auto address = reinterpret_cast<std::uintptr_t>(place) & ~(block_bytes - 1);
        return *reinterpret_cast<Block*>(address);
    }

    [[nodiscard]] void* take() {
        if (open_ == nullptr) link(new_block());
        Block& block = *open_;
        Cell* cell = block.free;
        block.free = cell->next;
        ++block.used;
        if (block.free == nullptr) unlink(block);
        return cell;
    }

    void give_back(void* place) noexcept {
        Block& block = block_of(place);
        const bool was_full = block.free == nullptr;
        Cell* cell = static_cast<Cell*>(place);
        cell->next = block.free;
        block.free = cell;
        --block.used;
        if (was_full) link(block);
        if (block.used > 0) return;
        unlink(block);
        // One is kept, so that the last object's coming and going maps nothing.
        if (spare_ != nullptr) unmap_block(spare_, block_bytes);
        spare_ = &block;
    }

    Block& new_block() {
        if (spare_ != nullptr) return *std::exchange(spare_, nullptr);
        auto* bytes = static_cast<std::byte*>(map_block(block_bytes));
        auto* block = new (bytes) Block{this, nullptr, nullptr, nullptr, 0};
        auto* cells = reinterpret_cast<Cell*>(bytes + cells_offset);
        // In order of their addresses: the pages at the end are touched last.
        for (std::size_t i = cells_count; i-- > 0;) {
            cells[i].next = block->free;
            block->free = &cells[i];
        }
        return *block;
    }

    void link(Block& block) noexcept {
        block.previous = nullptr;
        block.next = open_;
        if (open_ != nullptr) open_->previous = &block;
        open_ = &block;
    }
    void unlink(Block& block) noexcept {
        if (block.previous != nullptr) block.previous->next = block.next;
        else open_ = block.next;
        if (block.next != nullptr) block.next->previous = block.previous;
    }

    Block* open_ = nullptr;   // those with a free cell
    Block* spare_ = nullptr;  // without any object
};

}  // namespace parley
