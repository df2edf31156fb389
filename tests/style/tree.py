"""The files of a source tree, and C++ text without its comments and strings."""

import os
import re
import subprocess
from pathlib import Path

CPP = (".cpp", ".hpp")
SCRIPT = (".js", ".mjs", ".cjs")
CODE = CPP + SCRIPT + (".css", ".html", ".py", ".sh", ".cmake", ".sql")
NOT_OURS = {"build", "node_modules", ".git"}


class Tree:
    """Paths are relative to the root, with forward slashes, sorted."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        self.files = sorted(self._from_git() or self._from_disk())

    def _from_git(self):
        """Tracked and new files, without what .gitignore names; nothing if the root is no checkout."""
        if not (self.root / ".git").exists():
            return []
        listing = subprocess.run(
            ["git", "-c", f"safe.directory={self.root}", "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"],
            cwd=self.root, capture_output=True, text=True, check=True)
        return [f for f in set(listing.stdout.split("\0")) if f and (self.root / f).is_file()]

    def _from_disk(self):
        found = []
        for folder, folders, names in os.walk(self.root):
            at_top = Path(folder) == self.root
            folders[:] = [f for f in folders
                          if f not in NOT_OURS or (f == "build" and not at_top)]
            found += [Path(folder, n).relative_to(self.root).as_posix() for n in names]
        return found

    def under(self, *folders, suffixes=None):
        """The files below any of the folders, with one of the suffixes."""
        prefixes = tuple(f + "/" for f in folders)
        return [f for f in self.files
                if f.startswith(prefixes) and (suffixes is None or f.endswith(suffixes))]

    def text(self, file):
        return (self.root / file).read_text(encoding="utf-8", errors="replace")

    def lines(self, file):
        """(number, line) pairs, from 1."""
        return enumerate(self.text(file).splitlines(), 1)


_COMMENT_OR_STRING = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|"""
    r"""(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'""", re.DOTALL)


def without_comments_and_strings(cpp):
    """The same text with comments and literals blanked, so that offsets and lines stay."""
    return _COMMENT_OR_STRING.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), cpp)


def closing(text, opening_at):
    """The offset of the bracket that closes the one at opening_at, or -1."""
    pairs = {"(": ")", "[": "]", "{": "}", "<": ">"}
    opener, closer = text[opening_at], pairs[text[opening_at]]
    depth = 0
    for at in range(opening_at, len(text)):
        if text[at] == opener:
            depth += 1
        elif text[at] == closer and not (closer == ">" and text[at - 1] == "-"):
            depth -= 1
            if depth == 0:
                return at
    return -1


def lambdas(text):
    """(offset, capture, head, body start, body end) of each lambda in blanked C++ text."""
    for match in re.finditer(r"\[", text):
        start = match.start()
        before = text[:start].rstrip()
        word = re.search(r"(\w+)$", before)
        subscript = before.endswith((")", "]")) or (
            word and word.group() not in ("return", "co_return", "co_await", "co_yield", "case"))
        if subscript or text.startswith("[[", start):
            continue
        end = closing(text, start)
        brace = _body_of_lambda(text, end + 1) if end >= 0 else -1
        if brace < 0:
            continue
        last = closing(text, brace)
        if last >= 0:
            yield start, text[start + 1:end].strip(), text[end + 1:brace], brace, last


def _body_of_lambda(text, at):
    """The offset of the `{` after a lambda's head that starts at `at`, or -1 if this is none."""
    while at < len(text):
        char = text[at]
        if char == "{":
            return at
        if char in "(<":
            at = closing(text, at)
            if at < 0:
                return -1
        elif not (char.isspace() or char.isalnum() or char in "_:-&*>"):
            return -1
        at += 1
    return -1
