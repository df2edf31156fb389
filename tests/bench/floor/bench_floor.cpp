// What the machine does without a server around it, to put beside what the server does.
//
//     bench_floor fanout     accepts readers and sends each the same bytes, nothing else
//     bench_floor sqlite FOLDER SECONDS     durable rows in a plain loop

#include "bench/floor/fanout.hpp"
#include "bench/floor/sqlite_loop.hpp"
#include "bench/shared/tool.hpp"

#include <cstdlib>
#include <string>

namespace {

void run_floor(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "fanout" && argc == 2) return parley::bench::run_fanout_floor();
    if (mode == "sqlite" && argc == 4) {
        return parley::bench::run_sqlite_floor(argv[2], std::atof(argv[3]));
    }
    parley::bench::fail("bench_floor fanout | sqlite FOLDER SECONDS");
}

}  // namespace

int main(int argc, char** argv) {
    return parley::bench::run_tool("bench_floor", [&] { run_floor(argc, argv); });
}
