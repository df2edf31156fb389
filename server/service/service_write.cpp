#include "base/log.hpp"
#include "service/service.hpp"
#include "service/service_impl.hpp"

#include <utility>

namespace parley {

Service::Service(Parts parts) : parts_(std::move(parts)) {}

// By account where it is known, so that signing in again buys nothing.
std::string Service::rate_key(const Caller& caller) const {
    if (!caller.session) return caller.address;
    const auto known = parts_.shared.known_session(*caller.session);
    if (known) return "account " + to_string(known->account);
    return std::string(reinterpret_cast<const char*>(caller.session->data()),
                       caller.session->size());
}

result<void> Service::take_token(RateLimiter::Kind kind, const std::string& key) {
    if (!parts_.config.limits.rates_enabled) return {};
    const auto wait = parts_.shared.take_token(kind, key, parts_.clock.monotonic_now());
    if (!wait) return {};
    return make_retry(Errc::rate_limited, *wait);
}

Writer::Lane Service::lane_of(const Caller& caller) const {
    if (!caller.session) return Writer::Lane::everybody;
    const auto known = parts_.shared.known_session(*caller.session);
    const bool moderator = known && known->role != Role::member;
    return moderator ? Writer::Lane::moderators : Writer::Lane::everybody;
}

void Service::remember(const std::optional<Digest256>& session, const AccountRow& account) {
    if (session) parts_.shared.remember(*session, {account.id, account.role});
}

// --- comments -----------------------------------------------------------------------------------

void Service::post_comment(const Caller& caller, PostComment what, Idempotency key,
                           Reply<CommentOutcome> reply) {
    if (auto allowed = take_token(RateLimiter::Kind::post, rate_key(caller)); allowed.has_error()) {
        return answer<CommentOutcome>(reply, std::move(allowed.error()));
    }
    submit<CommentOutcome>(caller, std::move(what), std::move(key), std::move(reply));
}

void Service::edit_comment(const Caller& caller, EditComment what, Idempotency key,
                           Reply<CommentOutcome> reply) {
    if (auto allowed = take_token(RateLimiter::Kind::post, rate_key(caller)); allowed.has_error()) {
        return answer<CommentOutcome>(reply, std::move(allowed.error()));
    }
    submit<CommentOutcome>(caller, std::move(what), std::move(key), std::move(reply));
}

void Service::set_comment_state(const Caller& caller, SetCommentState what, Idempotency key,
                                Reply<CommentOutcome> reply) {
    submit<CommentOutcome>(caller, what, std::move(key), with_quotes_blanked(std::move(reply)));
}

void Service::delete_comment(const Caller& caller, DeleteComment what, Idempotency key,
                             Reply<CommentOutcome> reply) {
    submit<CommentOutcome>(caller, what, std::move(key), with_quotes_blanked(std::move(reply)));
}

Reply<CommentOutcome> Service::with_quotes_blanked(Reply<CommentOutcome> reply) {
    return [this, reply = std::move(reply)](result<CommentOutcome> outcome) {
        if (outcome.has_value() && outcome->more_quotes) {
            blank_remaining_quotes(outcome->comment.id());
        }
        reply(std::move(outcome));
    };
}

void Service::blank_remaining_quotes(CommentId comment) {
    Command job{TheOperator{}, {}, {}, BlankQuotes{comment}};
    auto completion = [this, comment](const result<Outcome>& outcome) {
        if (outcome.has_error()) {
            log_event(LogLevel::error, "service.quotes_not_blanked",
                      {{"comment", to_string(comment)}, {"code", wire_code(outcome.error().code)}});
            return;
        }
        if (std::get<DoneJob>(*outcome).next) {
            parts_.post([this, comment] { blank_remaining_quotes(comment); });
        }
    };
    if (parts_.writer.submit(std::move(job), Writer::Lane::moderators, std::move(completion))
            .has_error()) {
        log_event(LogLevel::error, "service.quotes_not_blanked",
                  {{"comment", to_string(comment)}, {"code", wire_code(Errc::busy)}});
    }
}

void Service::resume_removals() {
    using Removed = std::vector<CommentId>;
    const auto go_on = [this](const result<Removed>& removed) {
        if (removed.has_error()) {
            log_event(LogLevel::error, "service.removals_not_resumed",
                      {{"code", wire_code(removed.error().code)}});
            return;
        }
        for (const CommentId comment : *removed) blank_remaining_quotes(comment);
    };
    read<Removed>(parts_.live_readers, go_on, [](StoreReader& reader) {
        return reader.removed_but_quoted(removals_resumed_count_max);
    });
}

void Service::vote(const Caller& caller, CastVote what, Idempotency key, Reply<VoteOutcome> reply) {
    if (auto allowed = take_token(RateLimiter::Kind::vote, rate_key(caller)); allowed.has_error()) {
        return answer<VoteOutcome>(reply, std::move(allowed.error()));
    }
    auto tell_and_reply = [this, reply = std::move(reply)](result<VoteOutcome> outcome) {
        if (outcome.has_value() && outcome->voter) parts_.shared.tell_voted(*outcome->voter);
        reply(std::move(outcome));
    };
    submit<VoteOutcome>(caller, what, std::move(key), std::move(tell_and_reply));
}

void Service::put_discussion(const Caller& caller, PutDiscussion what, Idempotency key,
                             Reply<DiscussionOutcome> reply) {
    submit<DiscussionOutcome>(caller, std::move(what), std::move(key), std::move(reply));
}

}  // namespace parley
