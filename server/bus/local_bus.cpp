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
        hand_on([&](const Handlers& to) {
            if (to.changeset) to.changeset(changeset);
        });
    }

    void tell_presence(const DiscussionId& /*discussion*/, std::size_t /*readers*/) override {}

    void tell_spent(std::uint8_t /*kind*/, std::string_view /*key*/) override {}

    void tell_account_events() override {
        hand_on([](const Handlers& to) {
            if (to.account_events) to.account_events();
        });
    }

    void tell_voted(AccountId account) override {
        hand_on([&](const Handlers& to) {
            if (to.voted) to.voted({account});
        });
    }

    void subscribe(Handlers handlers) override {
        const std::unique_lock lock(mutex_);
        handlers_ = std::move(handlers);
    }

    [[nodiscard]] Stats stats() const override { return {}; }

private:
    // Shared: publishers do not wait for each other, only for a change of the handlers. The
    // publisher has committed already; what goes wrong here must not reach its answers.
    template <class Call>
    void hand_on(Call call) {
        const std::shared_lock lock(mutex_);
        try {
            call(handlers_);
        } catch (const std::exception& bug) {
            log_event(LogLevel::error, "bus.handler_failed", {{"reason", bug.what()}});
        }
    }

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
