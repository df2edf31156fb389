#!/usr/bin/env python3
"""Each rule is shown a good tree, in which none may fire, and bad ones, in which it alone must, once."""

import shutil
import sys
import tempfile
from pathlib import Path

from rules import RULES
from tree import Tree

ROOT = Path(__file__).resolve().parents[2]
README = "# x\n\nWhat it is for,\nand what it\nmust not include.\n"

EVENTS = """# Events

| event | level | fields | means | do |
|---|---|---|---|---|
| `a.happened` | warn | `n` `code` | x | y |
| `stats` | info | | x | y |
| `a.slow` | warn | `n` | x | y |
| `a.fine` | debug | `n` | x | y |
"""
EVENT_CALLS = """void f(bool slow) {
    log_event(LogLevel::warn, "a.happened", {{"n", 1}, {"code", "b.c; d"}});
    log_event(LogLevel::warn, "a.happened", {{"n", 1}});
    log_event(LogLevel::info, "stats");
    log_event(slow ? LogLevel::warn : LogLevel::debug, slow ? "a.slow" : "a.fine", {{"n", 2}});
}
"""

# Near misses: all of this is allowed.
GOOD = {
    "server/base/README.md": README,
    "server/base/CMakeLists.txt": "parley_library(base\n    SOURCES good.cpp\n    HEADERS limits.hpp)\n",
    "server/base/limits.hpp": """#pragma once

namespace parley {

struct Limits {
    int comment_bytes_max = 16;
    int edit_window_s = 300;
    bool rates_enabled = true;
};
inline constexpr int posts_per_minute_max = 64;

}  // namespace parley
""",
    "server/base/good.cpp": """#include "base/limits.hpp"

#include <vector>

namespace parley {

// A comment may say [this] { co_return; } and so may a string.
const char* const text = "[this] { co_return; }";

[[nodiscard]] awaitable<int> plain(std::vector<int> values) {
    const auto [first, second] = pair();
    const auto twice = [first](int x) { return first * x; };
    const auto task = [] -> awaitable<int> { co_return 1; };
    const auto outer = [&values] { return spawn([]() -> awaitable<void> { co_return; }, values); };
    values[first] = twice(second);
    co_return co_await task() + outer();
}

}  // namespace parley
""",
    "server/net/README.md": README,
    "server/net/CMakeLists.txt":
        "parley_library(net SOURCES net.cpp PUBLIC parley_base parley_beast parley_web_assets)\n",
    "server/net/net.cpp": '#include "base/limits.hpp"\n\n#include <boost/beast/http.hpp>\n',
    "server/ops/README.md": README,
    "server/ops/CMakeLists.txt": "parley_library(ops SOURCES events.cpp)\n",
    "server/ops/EVENTS.md": EVENTS,
    "server/ops/events.cpp": EVENT_CALLS,
    "tests/README.md": README,
    "tests/unit/README.md": README,
    "tests/unit/base/CMakeLists.txt": "parley_unit_test(base SOURCES good_test.cpp LINK parley_base)\n",
    "tests/unit/base/good_test.cpp": '#include "base/limits.hpp"\n#include "fixture.hpp"\n',
    "tests/unit/base/fixture.hpp": "#pragma once\n",
    "web-client/README.md": README,
    "web-client/eslint.config.mjs": 'export default ["innerHTML"];\n',
    "web-client/src/good.js": "// Never innerHTML.\nexport const evaluate = (x) => x.skip(1);\n",
}

LAYER = '#pragma once\n\n#include "net/far.hpp"\n'
COROUTINE = "auto x = {} {{ co_return; }};\n"
BAD = [
    ("include_direction", {"server/base/up.hpp": LAYER, "server/net/far.hpp": "#pragma once\n"}),
    ("include_direction", {"server/net/lost.hpp": '#pragma once\n\n#include "lost/lost.hpp"\n'}),
    ("include_direction", {"server/net/lost.hpp": '#pragma once\n\n#include "lost.hpp"\n'}),
    ("link_direction", {"server/base/CMakeLists.txt":
                        "parley_library(base SOURCES good.cpp PRIVATE parley_net)\n"}),
    ("link_direction", {"server/base/CMakeLists.txt":
                        "parley_library(base SOURCES good.cpp PUBLIC parley_beast)\n"}),
    ("link_direction", {"server/base/CMakeLists.txt": "parley_library(odd SOURCES good.cpp)\n"}),
    ("library_owners", {"server/base/b.hpp": "#pragma once\n\n#include <boost/beast/core.hpp>\n"}),
    ("library_owners", {"tests/unit/base/b.hpp": "#pragma once\n\n#include <boost/beast/core.hpp>\n"}),
    ("library_owners", {"server/net/h.hpp": "#pragma once\n\n#include <hiredis/hiredis.h>\n"}),
    ("library_owners", {"server/net/q.hpp": "#pragma once\n\n#include <sqlite3.h>\n"}),
    ("library_owners", {"server/net/p.hpp": "#pragma once\n\n#include <libpq-fe.h>\n"}),
    ("library_owners", {"server/net/j.hpp": "#pragma once\n\n#include <simdjson.h>\n"}),
    ("library_owners", {"server/base/l.hpp": "#pragma once\n\n#include <spdlog/spdlog.h>\n"}),
    ("capturing_lambda_coroutines", {"server/net/net.cpp": COROUTINE.format("[this]")}),
    ("capturing_lambda_coroutines", {"server/net/net.cpp": COROUTINE.format(
        "[&, n = f(1)](int a) mutable -> awaitable<std::vector<int>>")}),
    ("capturing_lambda_coroutines", {"server/net/net.cpp": "auto x = f([=] { co_await y(); });\n"}),
    ("capturing_lambda_coroutines", {"server/net/net.cpp":
                                     "auto x = [a]() -> awaitable<void> { return g(a); };\n"}),
    ("markup_from_strings", {"web-client/src/x.js": "element.innerHTML = text;\n"}),
    ("markup_from_strings", {"web-client/src/x.js": "element.insertAdjacentHTML(a, text);\n"}),
    ("markup_from_strings", {"web-client/src/x.js": "element.outerHTML = text;\n"}),
    ("markup_from_strings", {"web-client/src/x.js": "document.write(text);\n"}),
    ("markup_from_strings", {"web-client/src/x.js": "eval(text);\n"}),
    ("file_length", {"web-client/src/x.js": "f();\n" * 501}),
    ("folder_readme", {"server/net/README.md": "short\n"}),
    ("folder_readme", {"tests/unit/README.md": "long\n" * 41}),
    ("folder_readme", {"tests/unit/README.md": "long\n" * 41 + "<!-- table -->\n<!-- end of table -->\n"}),
    ("folder_readme", {"config/parley.toml": "a = 1\n"}),
    ("unfinished", {"server/net/net.cpp": "// TO" "DO: more.\n"}),
    ("unfinished", {"tests/unit/base/good_test.cpp": "void f() { GTEST" "_SKIP(); }\n"}),
    ("unfinished", {"tests/unit/base/good_test.cpp": "TEST(Base, DISABLED" "_Works) {}\n"}),
    ("unfinished", {"tests/README.md": README + "FIX" "ME\n"}),
    ("unfinished", {"tests/unit/x.test.js": "test.skip('x', f);\n"}),
    ("unfinished", {"tests/unit/x.test.js": "test('x', { skip: true }, f);\n"}),
    ("sleeping_tests", {"tests/unit/base/good_test.cpp": "void f() { sleep_for(x); }\n"}),
    ("limit_units", {"server/base/limits.hpp": "#pragma once\n\ninline constexpr int comment_max = 64;\n"}),
    ("limit_units", {"server/base/limits.hpp":
                     "#pragma once\n\nstruct Limits {\n    std::uint32_t outbox_max = 1;\n};\n"}),
    ("pragma_once", {"server/net/x.hpp": "struct X {};\n"}),
    ("listed_sources", {"server/net/unlisted.cpp": "int x;\n"}),
    ("listed_sources", {"tests/unit/base/unlisted_test.cpp": "int x;\n"}),
    ("workplace_paths", {"tests/README.md": README + "See /wo" "rk/main.\n"}),
    ("workplace_paths", {"web-client/src/x.js": "// ../sha" "red/notes\n"}),
    ("event_table", {"server/net/net.cpp": 'auto x = log_event(LogLevel::info, "a.unknown");\n'}),
    ("event_table", {"server/net/net.cpp": 'auto x = log_event(LogLevel::info, "a.happened");\n'}),
    ("event_table", {"server/net/net.cpp":
                     'auto x = log_event(LogLevel::info, "stats", {{"more", 1}});\n'}),
    ("event_table", {"server/ops/EVENTS.md": EVENTS + "| `a.nowhere` | info | | x | y |\n"}),
    ("event_table", {"server/ops/EVENTS.md": EVENTS.replace("| `n` `code` |", "| `n` `code` `odd` |")}),
    ("clang_format", {"server/net/net.cpp": "int  x;\n"}),
]


def fired(files):
    """The names of the rules that fire in a tree of these files, once for each violation."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        shutil.copy(ROOT / ".clang-format", folder)
        tree = Tree(folder)
        return [rule.__name__ for rule in RULES for _ in rule(tree)]


def main():
    cases = [("a good tree", {}, [])]
    cases += [(f"{rule} in {' and '.join(files)}", files, [rule]) for rule, files in BAD]
    failed = 0
    for number, (name, files, expected) in enumerate(cases, 1):
        seen = fired(GOOD | files)
        failed += seen != expected
        print(f"{'ok' if seen == expected else 'not ok'} {number} - {name}")
        if seen != expected:
            print(f"    fired: {seen}, expected: {expected}")
    untested = {rule.__name__ for rule in RULES} - {rule for rule, _ in BAD}
    failed += bool(untested)
    print(f"{'not ok' if untested else 'ok'} {len(cases) + 1} - every rule has a bad tree {untested or ''}")
    print(f"# pass {len(cases) + 1 - failed}\n# fail {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
