#include "redis/session.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace parley::redis {

namespace {

constexpr std::size_t reason_chars_max = 120;
// A message, and what Redis puts around it.
constexpr ReplyReader::Bounds reply_bounds{bus_receive_bytes_max + std::size_t{4} * 1024,
                                           redis_reply_items_count_max};

// What a server says is not to be trusted in a log.
std::string one_line(std::string_view text) {
    std::string line(text.substr(0, reason_chars_max));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return line;
}

std::optional<Host> make_host(std::string_view name, std::string_view port) {
    Host host{std::string(name), 0};
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), host.port);
    if (host.name.empty() || error != std::errc{} || end != port.data() + port.size()) {
        return std::nullopt;
    }
    return host;
}

bool begins_with(const Reply& reply, std::string_view word) {
    return reply.kind == Reply::Kind::error && std::string_view(reply.text).starts_with(word);
}

}  // namespace

std::string_view to_string(Fault fault) noexcept {
    switch (fault) {
        case Fault::done: return "done";
        case Fault::connect: return "connect";
        case Fault::closed: return "closed";
        case Fault::login: return "login";
        case Fault::role: return "role";
        case Fault::refused: return "refused";
        case Fault::protocol: return "protocol";
        case Fault::timeout: return "timeout";
        case Fault::stopped: return "stopped";
    }
    return {};
}

// --- what all have in common ---------------------------------------------------------------------

Session::Session(Settings settings) : settings_(std::move(settings)), reader_(reply_bounds) {}

void Session::start(MonotonicTime now) {
    // All at once: the answers come in the same order.
    const bool named = !settings_.user.empty();
    if (named) ask(Asked::auth, {"AUTH", settings_.user, settings_.password}, now);
    else if (!settings_.password.empty()) ask(Asked::auth, {"AUTH", settings_.password}, now);
    if (!settings_.client_name.empty()) {
        ask(Asked::name, {"CLIENT", "SETNAME", settings_.client_name}, now);
    }
    if (settings_.role_matters) ask(Asked::role, {"ROLE"}, now);
    login_answers_ = unanswered_.size();
    if (login_answers_ == 0) on_login(now);
}

void Session::receive(std::span<const char> bytes, MonotonicTime now) {
    if (failure_) return;
    const auto read = reader_.read(bytes, [&](Reply&& reply) {
        if (!failure_) on_reply(std::move(reply), now);
    });
    if (read.has_error() && !failure_) fail(Fault::protocol, read.error().message);
}

void Session::on_reply(Reply&& reply, MonotonicTime now) {
    if (unanswered_.empty()) return on_push(std::move(reply), now);
    const Asked what = unanswered_.front().what;
    unanswered_.pop_front();
    if (login_answers_ == 0) return on_answer(what, reply, now);
    on_login_answer(what, reply);
    if (--login_answers_ == 0 && !failure_) on_login(now);
}

void Session::on_login_answer(Asked what, const Reply& reply) {
    // The name is only for the eye.
    if (what == Asked::name) return;
    if (what == Asked::role) return on_role(reply);
    if (reply.kind == Reply::Kind::error) fail(Fault::login, one_line(reply.text));
}

void Session::on_role(const Reply& reply) {
    if (reply.kind == Reply::Kind::list && !reply.items.empty()) {
        if (!reply.items.front().says("master")) {
            fail(Fault::role, "it is a " + one_line(reply.items.front().text));
        }
        return;
    }
    if (begins_with(reply, "NOAUTH") || begins_with(reply, "WRONGPASS")) {
        return fail(Fault::login, one_line(reply.text));
    }
    // A user who may not ask is believed, unless a failover is to be followed.
    if (begins_with(reply, "NOPERM") && !settings_.role_must_be_known) {
        role_is_known_ = false;
        return;
    }
    fail_by("ROLE", reply);
}

void Session::on_push(Reply&& reply, MonotonicTime /*now*/) {
    fail_by("an answer that was not asked for", reply);
}

void Session::tick(MonotonicTime now) {
    if (failure_) return;
    if (!unanswered_.empty() && unanswered_.front().deadline <= now) {
        return fail(Fault::timeout, "a command was not answered");
    }
    on_tick(now);
}

std::optional<MonotonicTime> Session::next_due() const {
    if (unanswered_.empty()) return std::nullopt;
    return unanswered_.front().deadline;
}

std::string Session::take_output() { return std::exchange(output_, {}); }

void Session::ask(Asked what, std::initializer_list<std::string_view> words, MonotonicTime now) {
    say({words.begin(), words.size()});
    unanswered_.push_back({what, now + bus_command_deadline_ms});
}

void Session::say(std::span<const std::string_view> words) { append_command(output_, words); }

void Session::fail(Fault fault, std::string reason) {
    if (!failure_) failure_ = Failure{fault, std::move(reason)};
}

void Session::fail_by(std::string_view what, const Reply& reply) {
    const bool error = reply.kind == Reply::Kind::error;
    fail(error ? Fault::refused : Fault::protocol,
         std::string(what) + ": " + (error ? one_line(reply.text) : "unexpected reply"));
}

// --- publishing ----------------------------------------------------------------------------------

void PublishSession::on_login(MonotonicTime now) {
    look_at_ = now + bus_probe_interval_ms;
    set_ready();
}

void PublishSession::publish(std::string_view channel, std::string_view payload,
                             MonotonicTime now) {
    ask(Asked::publish, {"PUBLISH", channel, payload}, now);
}

bool PublishSession::may_publish() const {
    return is_ready() && output_bytes() < bus_unsent_bytes_max &&
           unanswered_count() < bus_unanswered_count_max;
}

void PublishSession::on_answer(Asked what, const Reply& reply, MonotonicTime /*now*/) {
    switch (what) {
        case Asked::publish:
            // How many clients got it; nobody needs to.
            if (reply.kind != Reply::Kind::integer) fail_by("PUBLISH", reply);
            return;
        case Asked::role: return on_role(reply);
        case Asked::ping:
            if (!reply.says("PONG")) fail_by("PING", reply);
            return;
        default: return fail_by("an answer", reply);
    }
}

void PublishSession::on_tick(MonotonicTime now) {
    if (!is_ready() || now < look_at_) return;
    look_at_ = now + bus_probe_interval_ms;
    // After a failover the old master may go on as a replica: what is published there reaches its
    // own subscribers only.
    if (role_is_known()) ask(Asked::role, {"ROLE"}, now);
    else ask(Asked::ping, {"PING"}, now);
}

std::optional<MonotonicTime> PublishSession::next_due() const {
    const auto deadline = Session::next_due();
    if (!is_ready()) return deadline;
    return deadline ? std::min(*deadline, look_at_) : look_at_;
}

// --- being subscribed ----------------------------------------------------------------------------

SubscribeSession::SubscribeSession(Settings settings, std::set<std::string> channels, Sink& sink)
    : Session(std::move(settings)), desired_(std::move(channels)), sink_(sink) {}

void SubscribeSession::on_login(MonotonicTime now) {
    heard_at_ = now;
    subscribe_missing(now);
}

void SubscribeSession::subscribe_missing(MonotonicTime now) {
    std::vector<std::string_view> words{"SUBSCRIBE"};
    std::set_difference(desired_.begin(), desired_.end(), confirmed_.begin(), confirmed_.end(),
                        std::back_inserter(words));
    say(words);
    confirm_by_ = now + bus_command_deadline_ms;
}

void SubscribeSession::on_answer(Asked /*what*/, const Reply& reply, MonotonicTime /*now*/) {
    fail_by("an answer", reply);  // nothing is asked here but during the login
}

// What a server says to a subscriber is a list: what it is, which channel, and more.
void SubscribeSession::on_push(Reply&& reply, MonotonicTime now) {
    heard_at_ = now;
    const bool readable = reply.kind == Reply::Kind::list && reply.items.size() >= 2 &&
                          reply.items.front().kind == Reply::Kind::text;
    if (!readable) return fail_by("SUBSCRIBE", reply);
    const std::string& what = reply.items[0].text;
    const Reply& channel = reply.items[1];
    if (what == "message" && reply.items.size() == 3) {
        if (confirmed_.contains(channel.text)) sink_.on_message(channel.text, reply.items[2].text);
    } else if (what == "subscribe") {
        on_confirmed(channel.text);
    } else if (what == "unsubscribe") {
        // Not by us: what is desired decides, whatever happened.
        if (confirmed_.erase(channel.text) > 0) subscribe_missing(now);
    } else if (what == "pong") {
        pong_by_.reset();
    } else {
        fail_by("SUBSCRIBE", reply);
    }
}

void SubscribeSession::on_confirmed(const std::string& channel) {
    if (!desired_.contains(channel) || !confirmed_.insert(channel).second || !is_complete()) return;
    confirm_by_.reset();
    set_ready();
    sink_.on_subscribed();
}

void SubscribeSession::on_tick(MonotonicTime now) {
    if (confirm_by_ && *confirm_by_ <= now) {
        return fail(Fault::timeout, "a subscription was not confirmed");
    }
    if (pong_by_ && *pong_by_ <= now) return fail(Fault::timeout, "a PING was not answered");
    if (!is_ready() || pong_by_ || now - heard_at_ < bus_probe_interval_ms) return;
    pong_by_ = now + bus_command_deadline_ms;
    const std::array<std::string_view, 1> ping{"PING"};
    say(ping);
}

std::optional<MonotonicTime> SubscribeSession::next_due() const {
    std::optional<MonotonicTime> due = Session::next_due();
    const auto consider = [&](const std::optional<MonotonicTime>& at) {
        if (at && (!due || *at < *due)) due = at;
    };
    consider(confirm_by_);
    consider(pong_by_);
    if (is_ready() && !pong_by_) consider(heard_at_ + bus_probe_interval_ms);
    return due;
}

// --- sentinels -----------------------------------------------------------------------------------

void SentinelSession::on_login(MonotonicTime now) {
    ask(Asked::master, {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master_}, now);
}

void SentinelSession::on_answer(Asked /*what*/, const Reply& reply, MonotonicTime /*now*/) {
    if (reply.kind == Reply::Kind::nil) return fail(Fault::done, "it knows no such master");
    if (reply.kind != Reply::Kind::list || reply.items.size() != 2) {
        return fail_by("SENTINEL", reply);
    }
    answer_ = make_host(reply.items[0].text, reply.items[1].text);
    if (!answer_) return fail_by("SENTINEL", reply);
    fail(Fault::done, "it named a master");
}

std::optional<Host> new_master(std::string_view payload, std::string_view master) {
    // NAME OLD-ADDRESS OLD-PORT NEW-ADDRESS NEW-PORT
    std::array<std::string_view, 5> words;
    for (std::string_view& word : words) {
        const std::size_t end = std::min(payload.find(' '), payload.size());
        word = payload.substr(0, end);
        payload.remove_prefix(std::min(end + 1, payload.size()));
    }
    if (words[0] != master || !payload.empty()) return std::nullopt;
    return make_host(words[3], words[4]);
}

std::vector<Host> by_votes(const std::vector<Host>& answers) {
    std::vector<Host> order;
    for (const Host& host : answers) {
        if (std::find(order.begin(), order.end(), host) == order.end()) order.push_back(host);
    }
    const auto votes = [&](const Host& host) {
        return std::count(answers.begin(), answers.end(), host);
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](const Host& a, const Host& b) { return votes(a) > votes(b); });
    return order;
}

}  // namespace parley::redis
