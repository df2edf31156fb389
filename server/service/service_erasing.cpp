#include "base/log.hpp"
#include "service/erasing.hpp"
#include "service/service_impl.hpp"

namespace parley {

void Service::erase_me(const Caller& caller, Reply<AccountRow> reply) {
    auto erase = [this, caller, reply](result<AccountRow> account) {
        if (account.has_error()) return reply(std::move(account.error()));
        submit<AccountOutcome>(caller, EraseAccount{account->id}, {}, [this, reply](auto outcome) {
            if (outcome.has_error()) return reply(std::move(outcome.error()));
            erase_traces(outcome->account.id);
            reply(std::move(outcome->account));
        });
    };
    me(caller, std::move(erase));
}

void Service::erase_traces(AccountId account) {
    if (!being_erased_.insert(account).second) return;
    using Discussions = std::vector<DiscussionId>;
    auto begin = [this, account](result<Discussions> discussions) {
        if (discussions.has_error()) return give_up_erasing(account, discussions.error());
        go_on_erasing(std::make_shared<Erasing>(account, std::move(*discussions)));
    };
    read<Discussions>(parts_.live_readers, std::move(begin),
                      [account](StoreReader& reader) { return reader.discussions_of(account); });
}

// One step after the other, each behind what has been waiting for the writer.
void Service::go_on_erasing(const std::shared_ptr<Erasing>& erasing) {
    std::optional<Action> step = erasing->next();
    if (!step) {
        being_erased_.erase(erasing->account());
        log_event(LogLevel::info, "service.account_erased",
                  {{"account", to_string(erasing->account())}});
        return;
    }
    Reply<Outcome> reply = [this, erasing](result<Outcome> outcome) {
        if (outcome.has_error()) return give_up_erasing(erasing->account(), outcome.error());
        erasing->advance(*outcome);
        go_on_erasing(erasing);
    };
    auto completion = [this, reply](result<Outcome> outcome) {
        answer<Outcome>(reply, std::move(outcome));
    };
    Command command{TheOperator{}, {}, {}, std::move(*step)};
    result<void> accepted =
        parts_.writer.submit(std::move(command), Writer::Lane::everybody, std::move(completion));
    if (accepted.has_error()) answer<Outcome>(reply, std::move(accepted.error()));
}

void Service::give_up_erasing(AccountId account, const Error& error) {
    being_erased_.erase(account);
    log_event(LogLevel::warn, "service.account_not_erased",
              {{"account", to_string(account)}, {"code", wire_code(error.code)}});
}

void Service::resume_erasings() {
    using Accounts = std::vector<AccountId>;
    const auto go_on = [this](const result<Accounts>& accounts) {
        // The store is away: its own events say so.
        if (accounts.has_error()) return;
        for (const AccountId account : *accounts) erase_traces(account);
    };
    read<Accounts>(parts_.live_readers, go_on, [](StoreReader& reader) {
        return reader.accounts_being_erased(erasings_resumed_count_max);
    });
}

}  // namespace parley
