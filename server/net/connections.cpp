#include "net/connections.hpp"

namespace parley {

// Closing one may make it leave, and only itself, so the next is found before.

void Connections::close_when_idle() {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        const auto current = entry++;
        current->close_when_idle();
    }
}

void Connections::close_now() {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        const auto current = entry++;
        current->close_now();
    }
}

}  // namespace parley
