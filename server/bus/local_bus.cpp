#include "base/log.hpp"
#include "bus/bus.hpp"

#include <exception>
#include <mutex>
#include <utility>

namespace parley {

namespace {

class LocalBus final : public Bus {
public:
    void publish(std::shared_ptr<const Changeset> changeset) override {
        const std::shared_ptr<const Handler> handler = current_handler();
        if (!handler || !changeset) return;
        // The publisher has committed already; what goes wrong here must not reach its answers.
        try {
            (*handler)(changeset);
        } catch (const std::exception& bug) {
            log_event(LogLevel::error, "bus.handler_failed", {{"reason", bug.what()}});
        }
    }

    void subscribe(Handler handler) override {
        auto shared = handler ? std::make_shared<const Handler>(std::move(handler)) : nullptr;
        const std::lock_guard lock(mutex_);
        handler_ = std::move(shared);
    }

private:
    // A copy, so that the handler runs outside the lock and may publish or subscribe itself.
    [[nodiscard]] std::shared_ptr<const Handler> current_handler() {
        const std::lock_guard lock(mutex_);
        return handler_;
    }

    std::mutex mutex_;
    std::shared_ptr<const Handler> handler_;  // protected by mutex_
};

}  // namespace

std::unique_ptr<Bus> make_local_bus() { return std::make_unique<LocalBus>(); }

}  // namespace parley
