#include "net/socket_deadline.hpp"

namespace parley {

void SocketDeadline::set(std::chrono::milliseconds wait) {
    deadline_ = clock_.monotonic_now() + wait;
    if (looks_at_ && *looks_at_ <= *deadline_) return;
    looks_at_ = deadline_;
    wheel_.set(*this, wait);
}

void SocketDeadline::on_timer(MonotonicTime now) {
    looks_at_.reset();
    if (!deadline_) return;
    if (now < *deadline_) {
        looks_at_ = deadline_;
        wheel_.set(*this, std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - now));
        return;
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace parley
