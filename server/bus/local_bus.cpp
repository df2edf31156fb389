#include "base/log.hpp"
#include "base/mutants.hpp"
#include "bus/bus.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace parley {

namespace {

class LocalBus final : public Bus {
public:
    void publish(std::shared_ptr<const Changeset> changeset) override {
        if (!changeset || is_lost()) return;
        // Shared: publishers do not wait for each other, only for a change of the handlers. The
        // publisher has committed already; what goes wrong here must not reach its answers.
        const std::shared_lock lock(mutex_);
        if (!handlers_.changeset) return;
        try {
            handlers_.changeset(changeset);
        } catch (const std::exception& bug) {
            log_event(LogLevel::error, "bus.handler_failed", {{"reason", bug.what()}});
        }
    }

    void tell_presence(const DiscussionId& /*discussion*/, std::size_t /*readers*/) override {}

    void tell_spent(std::uint8_t /*kind*/, std::string_view /*key*/) override {}

    void subscribe(Handlers handlers) override {
        const std::unique_lock lock(mutex_);
        handlers_ = std::move(handlers);
    }

    [[nodiscard]] Stats stats() const override { return {}; }

private:
    [[nodiscard]] static bool is_lost() {
        if (!is_mutated(Mutant::bus_loses) && !is_mutated(Mutant::gap_ignored) &&
            !is_mutated(Mutant::last_hint_skipped)) {
            return false;
        }
        static std::atomic<unsigned> published{0};
        return ++published % 2 == 0;
    }

    std::shared_mutex mutex_;
    Handlers handlers_;  // protected by mutex_
};

}  // namespace

std::unique_ptr<Bus> make_local_bus() { return std::make_unique<LocalBus>(); }

}  // namespace parley
