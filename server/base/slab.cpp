#include "base/slab.hpp"

#include <sys/mman.h>

namespace parley {

void* map_block(std::size_t bytes) {
    // Twice as much holds an aligned block somewhere; what is around it goes back at once.
    void* const mapped =
        ::mmap(nullptr, 2 * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    const auto start = reinterpret_cast<std::uintptr_t>(mapped);
    const std::uintptr_t block = (start + bytes - 1) & ~(bytes - 1);
    if (block > start) ::munmap(mapped, block - start);
    const std::uintptr_t end = start + 2 * bytes;
    if (end > block + bytes) {
        ::munmap(reinterpret_cast<void*>(block + bytes), end - block - bytes);
    }
    return reinterpret_cast<void*>(block);
}

void unmap_block(void* block, std::size_t bytes) noexcept { ::munmap(block, bytes); }

}  // namespace parley
