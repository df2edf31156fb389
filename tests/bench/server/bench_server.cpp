// The real server, with its own store, and a thread beside it that does what standard input says:
// one command a line, answered by one line of JSON when it is done. Those with `seconds` end early
// when the next line comes.
//
//     discussion [posts=0]             opens a new one, which all others are about; gives its topic
//     comments rate= seconds= [batch=1] [body=204]   injects changesets of so many comments
//     votes rate= seconds= [batch=1] [on=50]         injects scores of so many comments in turn
//     post count= [body=204]                         posts through the writer
//     write rate= seconds= [votes=0] [body=204]      a post and so many votes at once, likewise
//     counts                           how often readers of the live feed have asked the store
//     quit

#include "base/config.hpp"
#include "bench/server/bench_store.hpp"
#include "bench/server/injector.hpp"
#include "bench/server/listening.hpp"
#include "bench/server/world.hpp"
#include "bench/shared/tool.hpp"
#include "identity/passwords.hpp"
#include "net/server.hpp"
#include "ops/monitor.hpp"
#include "store/reader_pool.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <thread>

namespace parley::bench {

namespace {

// Two addresses, so that the two listeners can be told apart.
constexpr const char* public_address = "127.0.0.1";
constexpr const char* ops_address = "127.0.0.2";

template <class T>
T value_of(result<T> outcome) {
    if (outcome.has_error()) fail(outcome.error().message);
    return std::move(*outcome);
}

boost::json::object report(const Schedule& schedule) {
    constexpr double ns_per_us = 1000;
    const Histogram& late = schedule.lateness();
    return {{"sent", schedule.sent()},
            {"seconds", static_cast<double>(schedule.took_ns()) / static_cast<double>(ns_per_s)},
            {"late_p99_us", static_cast<double>(late.at_share(0.99)) / ns_per_us},
            {"late_max_us", static_cast<double>(late.max()) / ns_per_us}};
}

// Carries out commands. One thread, which is not the server's.
class Control {
public:
    Control(Server& server, Bus& bus, BenchStore& store, World& world)
        : server_(server), bus_(bus), store_(store), world_(world) {}

    void run(int core) {
        if (core >= 0) pin_this_thread(core);
        print_line({{"event", "ready"},
                    {"pid", ::getpid()},
                    {"control_thread", ::gettid()},
                    {"port", listening_port(public_address)},
                    {"ops_port", listening_port(ops_address)},
                    {"epoch", store_.epoch().value}});
        while (const auto command = input_.wait()) {
            if (command->verb() == "quit") break;
            boost::json::object answer = carry_out(*command);
            answer["command"] = command->verb();
            print_line(answer);
        }
        server_.stop();
    }

private:
    boost::json::object carry_out(const ToolCommand& command) {
        if (command.verb() == "discussion") return open_discussion(command);
        if (command.verb() == "comments") return inject(command, Injector::Kind::comments);
        if (command.verb() == "votes") return inject(command, Injector::Kind::votes);
        if (command.verb() == "write") return write(command);
        if (command.verb() == "post") {
            const auto count = static_cast<int>(command.whole("count"));
            world_.post(discussion(), count, body_bytes(command));
            return {{"seq", world_.position_of(discussion()).seq}};
        }
        if (command.verb() == "counts") {
            return {{"changes_reads", store_.counts().changes.load()},
                    {"positions_reads", store_.counts().positions.load()}};
        }
        fail("unknown command: " + command.verb());
    }

    [[nodiscard]] static int body_bytes(const ToolCommand& command) {
        return static_cast<int>(command.whole("body", 204));
    }
    [[nodiscard]] const DiscussionId& discussion() const {
        if (!injector_) fail("open a discussion first");
        return injector_->discussion();
    }

    boost::json::object open_discussion(const ToolCommand& command) {
        const DiscussionId id = world_.open_discussion();
        world_.post(id, static_cast<int>(command.whole("posts", 0)), body_bytes(command));
        const Position position = world_.position_of(id);
        injector_ = std::make_unique<Injector>(bus_, store_.injected(), id, position);
        return {{"topic", "discussion:" + id.value}, {"seq", position.seq}};
    }

    boost::json::object inject(const ToolCommand& command, Injector::Kind kind) {
        Injector::Plan plan;
        plan.kind = kind;
        plan.changesets_per_s = command.number("rate");
        plan.seconds = command.number("seconds");
        plan.batch = static_cast<int>(command.whole("batch", 1));
        plan.body_bytes = body_bytes(command);
        plan.comments = static_cast<int>(command.whole("on", 50));
        (void)discussion();
        injector_->run(plan);
        boost::json::object answer = report(injector_->schedule());
        answer["seq"] = injector_->seq();
        return answer;
    }

    boost::json::object write(const ToolCommand& command) {
        World::Traffic traffic;
        traffic.posts_per_s = command.number("rate");
        traffic.seconds = command.number("seconds");
        traffic.votes_per_post = static_cast<int>(command.whole("votes", 0));
        traffic.body_bytes = body_bytes(command);
        world_.write(discussion(), traffic);
        boost::json::object answer = report(world_.schedule());
        answer["seq"] = world_.position_of(discussion()).seq;
        return answer;
    }

    Server& server_;
    Bus& bus_;
    BenchStore& store_;
    World& world_;
    CommandInput input_;
    std::unique_ptr<Injector> injector_;
};

struct Options {
    int core = -1;  // of the thread beside the server; -1: any
    ConfigSources sources{{},
                          {},
                          {"server.port=0", std::string("ops.host=") + ops_address,
                           "store.url=sqlite::memory:", "limits.rates_enabled=false",
                           "limits.connections_per_address_max=1000000", "log.level=warn"}};
};

Options options_from(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        if (name == "--core") options.core = std::atoi(argv[i + 1]);
        else if (name == "--set") options.sources.sets.emplace_back(argv[i + 1]);
        else fail("bench_server [--core N] [--set KEY=VALUE]...");
    }
    return options;
}

void serve(int argc, char** argv) {
    const Options options = options_from(argc, argv);
    const Config config = value_of(load_config(options.sources));
    configure_log(config.log.level, config.log.format, "bench");
    const SystemClock clock;
    BenchStore store(value_of(open_store(config.store.url, StoreAccess::serve)));
    const auto readers = value_of(ReaderPool::open(store, config.limits));
    Limits for_rooms = config.limits;
    for_rooms.reader_threads_count = 1;
    const auto live_readers = value_of(ReaderPool::open(store, for_rooms));
    const std::unique_ptr<Bus> bus = make_local_bus();
    const auto publish = [&bus](const std::vector<std::shared_ptr<const Changeset>>& changesets) {
        for (const auto& changeset : changesets) bus->publish(changeset);
    };
    const auto on_fatal = [](const Error& error) {
        std::cerr << "bench_server: " << error.message << std::endl;
        std::_Exit(1);
    };
    Writer writer(store, config.limits, clock, {publish, on_fatal});
    PasswordPool passwords(config.limits);
    Server server({config, clock, writer, *readers, *live_readers, passwords, *bus});
    Monitor monitor({server, config, clock, writer, *readers, *live_readers, passwords, *bus,
                     "bench", [&options] { return load_config(options.sources); }, [] {}});
    server.set_ops(monitor.hooks());
    if (auto listening = server.listen(); listening.has_error()) fail(listening.error().message);
    World world(writer, store);
    std::thread beside([&] {
        const int code = run_tool("bench_server",
                                  [&] { Control(server, *bus, store, world).run(options.core); });
        // The server must not go on without the one who drives it.
        if (code != 0) std::_Exit(code);
    });
    server.run();
    beside.join();
    passwords.stop();
    writer.stop();
    readers->stop();
    live_readers->stop();
    server.settle();
    flush_log();
}

}  // namespace

}  // namespace parley::bench

int main(int argc, char** argv) {
    return parley::bench::run_tool("bench_server", [&] { parley::bench::serve(argc, argv); });
}
