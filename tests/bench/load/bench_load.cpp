// Many readers of a live server on one thread, driven by standard input: one command a line,
// answered by one line of JSON. They read between commands as well.
//
//     watch pid= [without=THREAD]      whose CPU time is told from now on
//     connect n= port= [flavour=parley|plain|socketio|tcp] [path=] [topic=] [epoch=] [since=]
//         [deflate=0] [state=0] [in_flight=256] [rcvbuf= small_buffers=N]
//                                      in place of the readers before; done when all are up to date
//     measure seconds= [warm_up=0] [interval_ns=] [batch=1] [publish=RATE bytes=204 publish_path=]
//     drop                             closes all; resume [goal=SEQ] brings them back from where
//                                      they were, until all have got to that seq
//     pause count=, unpause count=     the first ones do not read
//     settle goal=SEQ                  waits until all are there; tells whether all hold the same
//     quit

#include "bench/load/publisher.hpp"
#include "bench/load/swarm.hpp"
#include "bench/shared/time.hpp"
#include "bench/shared/tool.hpp"

#include <iostream>
#include <map>
#include <memory>
#include <set>

namespace parley::bench {

namespace {

constexpr double busy_share_max = 0.8;  // over it, the generator is what was measured
constexpr std::int64_t settle_timeout_ns = 60 * ns_per_s;
// How often standard input is looked at between commands.
constexpr std::int64_t look_interval_ns = ns_per_s / 50;

double in_ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }
double in_s(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

void add_latency(boost::json::object& out, const Histogram& latency) {
    out["p50_ms"] = in_ms(latency.at_share(0.5));
    out["p90_ms"] = in_ms(latency.at_share(0.9));
    out["p99_ms"] = in_ms(latency.at_share(0.99));
    out["p999_ms"] = in_ms(latency.at_share(0.999));
    out["max_ms"] = in_ms(latency.max());
}

class Load {
public:
    void run() {
        while (!input_.ended()) {
            swarm_.pump(now_ns() + look_interval_ns, [this] { return input_.ready(); });
            const auto command = input_.take_ready();
            if (!command) continue;
            if (command->verb() == "quit") return;
            boost::json::object answer = carry_out(*command);
            answer["command"] = command->verb();
            print_line(answer);
        }
    }

private:
    boost::json::object carry_out(const ToolCommand& command) {
        if (command.verb() == "watch") return watch(command);
        if (command.verb() == "connect") return connect(command);
        if (command.verb() == "measure") return measure(command);
        if (command.verb() == "drop") {
            swarm_.drop_all();
            return {};
        }
        if (command.verb() == "resume") return resume(command);
        if (command.verb() == "pause" || command.verb() == "unpause") {
            swarm_.pause(static_cast<std::size_t>(command.whole("count")),
                         command.verb() == "pause");
            return {};
        }
        if (command.verb() == "settle") return settle(command);
        fail("unknown command: " + command.verb());
    }

    boost::json::object watch(const ToolCommand& command) {
        process_ = static_cast<int>(command.whole("pid"));
        without_thread_ = static_cast<int>(command.whole("without", 0));
        return {};
    }

    [[nodiscard]] std::int64_t server_cpu_ns() const {
        return process_ > 0 ? cpu_ns_of(process_, without_thread_) : 0;
    }

    boost::json::object connect(const ToolCommand& command) {
        static const std::map<std::string, Flavour> flavours{{"parley", Flavour::parley},
                                                             {"plain", Flavour::plain},
                                                             {"socketio", Flavour::socketio},
                                                             {"tcp", Flavour::tcp}};
        const auto flavour = flavours.find(command.text("flavour", "parley"));
        if (flavour == flavours.end()) fail("unknown flavour");
        Target target;
        target.flavour = flavour->second;
        target.port = static_cast<int>(command.whole("port"));
        target.path = command.text("path", "/api/v1/live");
        target.topic = command.text("topic", "");
        target.deflate = command.whole("deflate", 0) != 0;
        target.with_state = command.whole("state", 0) != 0;
        target.since = command.whole("since", -1);
        target.epoch = command.text("epoch", "");
        target.receive_buffer_bytes = static_cast<int>(command.whole("rcvbuf", 0));
        target.small_buffers_count = static_cast<std::size_t>(command.whole("small_buffers", 0));
        const auto count = static_cast<std::size_t>(command.whole("n"));
        return timed_open(count, [&] {
            swarm_.connect(target, count,
                           static_cast<std::size_t>(command.whole("in_flight", 256)));
        });
    }

    boost::json::object resume(const ToolCommand& command) {
        return timed_open(swarm_.readers().size(), [&] {
            swarm_.reconnect(static_cast<std::size_t>(command.whole("in_flight", 256)),
                             command.whole("goal", 0));
        });
    }

    boost::json::object timed_open(std::size_t count, const std::function<void()>& open) {
        swarm_.counts().clear();
        const std::int64_t server_before = server_cpu_ns();
        const std::int64_t own_before = own_cpu_ns();
        const std::int64_t began = now_ns();
        open();
        const std::int64_t took = now_ns() - began;
        boost::json::object answer{{"connected", count},
                                   {"seconds", in_s(took)},
                                   {"connects_per_s", static_cast<double>(count) / in_s(took)},
                                   {"reloads", swarm_.counts().reloads},
                                   {"server_cpu_s", in_s(server_cpu_ns() - server_before)},
                                   {"load_share", in_s(own_cpu_ns() - own_before) / in_s(took)}};
        boost::json::object up;
        add_latency(up, swarm_.time_to_up());
        answer["up"] = up;
        return answer;
    }

    // With `publish`, the load is the publisher's; else something else drives the server.
    boost::json::object measure(const ToolCommand& command) {
        const double seconds = command.number("seconds");
        const double warm_up = command.number("warm_up", 0);
        swarm_.set_step(command.whole("interval_ns", 0),
                        static_cast<std::uint64_t>(command.whole("batch", 1)));
        const double publish = command.number("publish", 0);
        if (publish > 0) {
            if (!publisher_) {
                publisher_ = std::make_unique<Publisher>(
                    swarm_.target(), command.text("publish_path", swarm_.target().path));
            }
            publisher_->start(publish, warm_up + seconds + 1,
                              static_cast<int>(command.whole("bytes", 204)));
        }
        const auto never = [] { return false; };
        swarm_.pump(now_ns() + static_cast<std::int64_t>(warm_up * 1e9), never);
        swarm_.counts().clear();
        const std::int64_t server_before = server_cpu_ns();
        const std::int64_t own_before = own_cpu_ns();
        const std::int64_t began = now_ns();
        swarm_.pump(began + static_cast<std::int64_t>(seconds * 1e9), never);
        const double took = in_s(now_ns() - began);
        const double server_cpu = in_s(server_cpu_ns() - server_before);
        const double own_cpu = in_s(own_cpu_ns() - own_before);
        boost::json::object answer = summary(took, server_cpu);
        answer["load_share"] = own_cpu / took;
        if (own_cpu / took > busy_share_max) {
            std::cerr << "bench_load: the generator was busy for " << own_cpu / took * 100
                      << " % of the time" << std::endl;
        }
        if (publish > 0) {
            publisher_->stop();
            answer["late_p99_ms"] = in_ms(publisher_->schedule().lateness().at_share(0.99));
        }
        return answer;
    }

    boost::json::object summary(double seconds, double server_cpu) {
        const Counts& seen = swarm_.counts();
        const auto steps = static_cast<double>(seen.steps);
        const auto changes = static_cast<double>(seen.changes);
        boost::json::object answer{{"seconds", seconds},
                                   {"frames", seen.frames},
                                   {"bytes", seen.bytes},
                                   {"changes", seen.changes},
                                   {"steps", seen.steps},
                                   {"changes_per_s", changes / seconds},
                                   {"steps_per_s", steps / seconds},
                                   {"lost", seen.lost},
                                   {"repeated", seen.repeated},
                                   {"reloads", seen.reloads},
                                   {"closed", seen.closed},
                                   {"pings", seen.pings},
                                   {"server_cpu_s", server_cpu}};
        if (seen.changes > 0) answer["cpu_us_per_change"] = server_cpu * 1e6 / changes;
        if (server_cpu > 0) answer["steps_per_core_s"] = steps / server_cpu;
        add_latency(answer, seen.latency);
        return answer;
    }

    // Waits until every reader has got to `goal`; then tells whether all hold the same.
    boost::json::object settle(const ToolCommand& command) {
        const std::int64_t goal = command.whole("goal");
        std::size_t behind = 0;
        const auto all_there = [&] {
            behind = 0;
            for (const Reader& reader : swarm_.readers()) behind += reader.seq < goal ? 1 : 0;
            return behind == 0;
        };
        const std::int64_t began = now_ns();
        if (!all_there()) swarm_.pump(began + settle_timeout_ns, all_there);
        std::set<std::uint64_t> digests;
        std::size_t reloaded = 0;
        for (const Reader& reader : swarm_.readers()) {
            if (reader.reloaded) ++reloaded;
            else digests.insert(reader.digest);
        }
        return {{"behind", behind},
                {"seconds", in_s(now_ns() - began)},
                {"different_states", digests.size()},
                {"reloaded", reloaded},
                {"lost", swarm_.counts().lost},
                {"closed", swarm_.counts().closed}};
    }

    CommandInput input_;
    Swarm swarm_;
    std::unique_ptr<Publisher> publisher_;
    int process_ = 0;
    int without_thread_ = 0;
};

}  // namespace

}  // namespace parley::bench

int main() {
    return parley::bench::run_tool("bench_load", [] { parley::bench::Load().run(); });
}
