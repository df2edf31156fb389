#pragma once

#include "store/store.hpp"
#include "store/writer_batch.hpp"
#include "support/postgres_proxy.hpp"
#include "support/postgres_server.hpp"
#include "support/store_world.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace parley::test {

// A private server for all tests of the program, a new database for each of them.
class PostgresTest : public testing::Test {
public:
    static PostgresServer& server();  // fixture.cpp

    std::string url = server().fresh_database();

protected:
    void TearDown() override { server().drop(url); }

    [[nodiscard]] result<std::unique_ptr<Store>> open(
        StoreAccess access = StoreAccess::serve) const {
        return open_store(url, access);
    }
    static Error error_of(const auto& answer) {
        return answer.has_error() ? answer.error() : Error{Errc::internal, "no error", {}, {}};
    }

    // As the writer runs a batch, with all that it does about failures.
    static BatchResult run(Store& store, const std::vector<Command>& commands) {
        static const SystemClock clock;
        return run_batch(store, commands, Limits(), clock, {});
    }
    static result<Outcome> run_one(Store& store, const Actor& actor, Action action,
                                   const std::string& key = {}) {
        const Command command = StoreWorld::command(actor, std::move(action), key);
        return run(store, {command}).answers.front();
    }

    // Runs `work(number)` in so many threads at the same time, to the end of all.
    template <class Work>
    static void in_parallel(int count, Work work) {
        std::vector<std::thread> threads;
        threads.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
        for (std::thread& thread : threads) thread.join();
    }
};

}  // namespace parley::test
