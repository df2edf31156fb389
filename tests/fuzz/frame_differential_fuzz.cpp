// The parser and Beast's on the same bytes: they agree, or differ as README.md lists.

#include "differential.hpp"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace parley::fuzz;
    const Verdict verdict =
        compare_readers(frame_input({reinterpret_cast<const char*>(data), size}));
    if (!verdict.problem.empty()) {
        std::fprintf(stderr, "%s", verdict.problem.c_str());
        std::abort();
    }
    return 0;
}
