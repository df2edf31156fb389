#!/usr/bin/env python3
"""check_tree.py [ROOT]: holds the tree to the rules, prints TAP, exits 1 if one is broken."""

import sys
from pathlib import Path

from rules import RULES
from tree import Tree


def main():
    tree = Tree(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
    failed = 0
    for number, rule in enumerate(RULES, 1):
        broken = list(rule(tree))
        failed += bool(broken)
        print(f"{'not ok' if broken else 'ok'} {number} - {rule.__name__}: {rule.__doc__}")
        for file, line, sentence in broken:
            print(f"    {file}:{line}: {sentence}")
    print(f"# pass {len(RULES) - failed}\n# fail {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
