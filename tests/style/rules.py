"""The rules of the tree. Each takes a Tree and yields (file, line, sentence) for what breaks it."""

import re
import shutil
import subprocess

from events import event_table
from tree import CODE, CPP, SCRIPT, closing, lambdas, without_comments_and_strings

# Which folders of server/ a folder may include and link. main.cpp may use all of them.
_CORE = ["base", "discussion", "identity", "protocol", "redis", "store", "bus", "live", "interchange"]
ALLOWED = {
    "base": [],
    "discussion": ["base"],
    "identity": ["base", "discussion"],
    "protocol": ["base", "discussion"],
    "redis": ["base"],
    "store": ["base", "discussion"],
    "bus": ["base", "discussion", "protocol", "redis"],
    "live": ["base", "discussion", "protocol"],
    "interchange": ["base", "discussion", "protocol"],
    "service": _CORE,
    "net": _CORE + ["service"],
    "ops": _CORE + ["service", "net"],
    "build": [],
}

# Targets that are no folder: who may link them.
LIBRARY_TARGETS = {"asio": None, "beast": ["net"], "web_assets": ["net"], "options": None}

# A library's header, where it may be included, and what to do instead.
OWNERS = [
    (r"boost/beast", r"server/net/|server/build/|tests/(?!unit/)", "only net/ includes Beast"),
    (r"hiredis/", r"server/redis/|tests/", "only redis/ includes hiredis"),
    (r"sqlite3\.h", r"server/store/sqlite/|tests/", "only store/sqlite/ includes SQLite"),
    (r"libpq|postgresql/", r"server/store/postgres/|tests/", "only store/postgres/ includes libpq"),
    (r"simdjson\.h", r"server/protocol/|server/ops/log_view/|tests/",
     "only protocol/ and ops/log_view/ include simdjson"),
    (r"spdlog/", r"server/base/log\.cpp", "only base/log.cpp includes spdlog: call log_event()"),
]

# The words are put together here so that this file does not hold them.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "X" "XX"]) + r")\b|"
                        + "DISABLED" "_|GTEST" "_SKIP")
UNFINISHED_SCRIPT = re.compile(r"\.(skip|todo|only)\(|\b(skip|todo|only):\s*(true|[\"'`])")
WORKPLACE = re.compile("/wo" "rk/|\\.\\./sha" "red|/fa" "rm/|\\.lib" "rary/")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|\btime\.sleep\(|"
                   r"\bawait (sleep|delay)\(")
MARKUP = re.compile(r"\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|unsafeHTML|"
                    r"srcdoc)\b|\bdocument\.write(ln)?\b|\beval\(|\bnew Function\(")
UNITS = {"bytes", "chars", "count", "depth", "ms", "s", "minutes", "hours", "days", "per", "percent",
         "comments", "changesets", "nodes", "connections", "discussions", "threads", "subscriptions"}

README_LINES_MIN = 5
README_LINES_MAX = 40
FILE_LINES_MAX = 500


def include_direction(tree):
    """A folder of server/ includes only folders left of it; includes are relative to server/."""
    for file in tree.under("server", "tests", suffixes=CPP):
        parts = file.split("/")
        folder = parts[1] if parts[0] == "server" and len(parts) > 2 else None
        for number, line in tree.lines(file):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            target = match.group(1)
            roots = ["server"]
            if parts[0] == "tests":
                roots += ["tests", "/".join(parts[:-1])]
            if not any(f"{root}/{target}" in tree.files for root in roots):
                yield file, number, f'"{target}" is in none of {", ".join(roots)}'
            elif folder and target.split("/")[0] not in ALLOWED.get(folder, []) + [folder]:
                yield file, number, f'{folder}/ must not include "{target}"'


def link_direction(tree):
    """A folder's CMake target links only targets of folders left of it."""
    for file in tree.under("server", suffixes=("CMakeLists.txt",)):
        text = re.sub(r"#[^\n]*", "", tree.text(file))
        for match in re.finditer(r"parley_library\(\s*(\w+)", text):
            folder = match.group(1)
            opening = text.index("(", match.start())
            call = text[opening:closing(text, opening)]
            line = text[:match.start()].count("\n") + 1
            if folder not in ALLOWED:
                yield file, line, f"{folder}/ has no place in the layers (tests/style/rules.py)"
                continue
            for target in re.findall(r"\bparley_(\w+)", call):
                owners = LIBRARY_TARGETS.get(target, [])
                if target in LIBRARY_TARGETS and (owners is None or folder in owners):
                    continue
                if target not in ALLOWED[folder]:
                    yield file, line, f"parley_{folder} must not link parley_{target}"


def library_owners(tree):
    """Some libraries are included by one folder only, which hides them from the others."""
    for file in tree.under("server", "tests", suffixes=CPP):
        for number, line in tree.lines(file):
            match = re.match(r'\s*#\s*include\s+[<"]([^>"]+)[>"]', line)
            for header, allowed, sentence in OWNERS:
                if match and re.match(header, match.group(1)) and not re.match(allowed, file):
                    yield file, number, sentence


def capturing_lambda_coroutines(tree):
    """A coroutine that is a capturing lambda outlives its captures."""
    for file in tree.under("server", "tests", suffixes=CPP):
        text = without_comments_and_strings(tree.text(file))
        found = list(lambdas(text))
        for start, capture, head, first, last in found:
            own = list(text[first:last])
            for other, _, _, inner_first, inner_last in found:
                if first < other < last:
                    own[inner_first - first:inner_last - first] = " " * (inner_last - inner_first)
            coroutine = re.search(r"\bco_(await|return|yield)\b", "".join(own))
            if capture and (coroutine or re.search(r"->.*\bawaitable\b", head, re.DOTALL)):
                yield (file, text[:start].count("\n") + 1,
                       f"[{capture}] is captured by a coroutine: make it a named function")


def markup_from_strings(tree):
    """The browser builds elements, never markup or code from strings."""
    for file in tree.under("web-client/src", "web-client/pages", suffixes=SCRIPT + (".html",)):
        for number, line in tree.lines(file):
            match = MARKUP.search(line)
            if match and not line.lstrip().startswith(("//", "*", "/*")):
                yield file, number, f"{match.group()} makes markup or code from a string"


def file_length(tree):
    """A file is read in one sitting."""
    for file in tree.under("server", "web-client", "tests", "deploy", suffixes=CODE):
        count = len(tree.text(file).splitlines())
        if count > FILE_LINES_MAX:
            yield file, count, f"{count} lines, at most {FILE_LINES_MAX}"


def folder_readme(tree):
    """Each folder says what it is for, briefly."""
    folders = {"web-client", "config", "deploy", "tests"}
    for file in tree.under("server", "tests"):
        if file.count("/") >= 2:
            folders.add("/".join(file.split("/")[:2]))
    for folder in sorted(f for f in folders if tree.under(f)):
        readme = f"{folder}/README.md"
        if readme not in tree.files:
            yield readme, 1, "is missing: the folder's purpose and what it must not include"
            continue
        # Tables that a program writes between these marks are not what makes a text long.
        text = re.sub(r"<!-- table -->.*?<!-- end of table -->", "", tree.text(readme), flags=re.S)
        count = len(text.splitlines())
        if not README_LINES_MIN <= count <= README_LINES_MAX:
            yield readme, count, f"{count} lines, not {README_LINES_MIN} to {README_LINES_MAX}"


def unfinished(tree):
    """Nothing is left for later, no test is switched off."""
    for file in tree.files:
        if not file.endswith(CODE) and not file.endswith((".md", ".txt", ".toml")):
            continue
        for number, line in tree.lines(file):
            match = UNFINISHED.search(line)
            if not match and file.endswith(SCRIPT) and file.startswith("tests/"):
                match = UNFINISHED_SCRIPT.search(line)
            if match:
                yield file, number, f"{match.group()} marks something unfinished or switched off"


def sleeping_tests(tree):
    """A test waits on a condition, never on a duration."""
    for file in tree.under("tests", suffixes=CPP + SCRIPT + (".py",)):
        if file.startswith("tests/style/"):
            continue
        for number, line in tree.lines(file):
            match = SLEEP.search(line)
            if match:
                yield file, number, f"{match.group()} waits on a duration: wait on a condition"


def limit_units(tree):
    """Each bound of base/limits.hpp says its unit in its name."""
    file = "server/base/limits.hpp"
    if file not in tree.files:
        return
    declaration = re.compile(
        r"^\s*(?:inline\s+)?(?:constexpr\s+)?([\w:]+(?:<[^>]*>)?)\s+(\w+)\s*[={]")
    for number, line in tree.lines(file):
        match = declaration.match(line)
        if not match or match.group(1) in ("bool", "struct", "namespace", "enum", "class"):
            continue
        if not UNITS & set(match.group(2).split("_")):
            yield file, number, f"{match.group(2)} has no unit in its name"


def pragma_once(tree):
    """A header may be included twice."""
    for file in tree.under("server", "tests", suffixes=(".hpp",)):
        if not re.search(r"^#pragma once$", tree.text(file), re.MULTILINE):
            yield file, 1, "has no #pragma once"


def listed_sources(tree):
    """A source that no CMakeLists.txt names is never built, and such a test never runs."""
    for file in tree.under("server", "tests/unit", "tests/contract", suffixes=(".cpp",)):
        parts = file.split("/")
        listed = False
        for depth in range(len(parts) - 1, 0, -1):
            relative = "/".join(parts[depth:])
            for name in ("CMakeLists.txt", "dependencies.cmake"):
                cmake = "/".join(parts[:depth] + [name])
                text = tree.text(cmake) if cmake in tree.files else ""
                listed |= bool(re.search(rf"(^|[\s/]){re.escape(relative)}(?=[\s)]|$)", text))
                listed |= "/" not in relative and bool(re.search(r"GLOB [^)]* \*\.cpp\)", text))
        if not listed:
            yield file, 1, "is in no CMakeLists.txt"


def workplace_paths(tree):
    """No file names a path that only a developer's machine has."""
    for file in tree.files:
        if file.endswith((".png", ".ico", ".gz", ".woff2")):
            continue
        for number, line in tree.lines(file):
            match = WORKPLACE.search(line)
            if match:
                yield file, number, f"{match.group()} is a path of somebody's machine"


def clang_format(tree):
    """C++ is formatted by .clang-format (version 14)."""
    files = tree.under("server", "tests", suffixes=CPP)
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not tool:
        yield ".clang-format", 1, "clang-format 14 is not installed"
    elif files:
        run = subprocess.run([tool, "--dry-run", "-Werror", "--style=file", *files],
                             cwd=tree.root, capture_output=True, text=True, check=False)
        worst = {}
        for match in re.finditer(r"^(\S+?):(\d+):\d+: error:", run.stderr, re.MULTILINE):
            worst.setdefault(match.group(1), int(match.group(2)))
        for file, line in worst.items():
            yield file, line, "is not formatted: clang-format-14 -i"
        if run.returncode and not worst:
            yield ".clang-format", 1, run.stderr.strip().splitlines()[-1]


RULES = [include_direction, link_direction, library_owners, capturing_lambda_coroutines,
         markup_from_strings, file_length, folder_readme, unfinished, sleeping_tests, limit_units,
         pragma_once, listed_sources, workplace_paths, event_table, clang_format]
