#!/usr/bin/env bash
# Which lines of the rules, the stores and the protocol are reached by their own tests.
set -euo pipefail

usage() {
    cat <<TXT
tests/coverage.sh [--help]

Installs what is missing (Debian 12), builds the preset \`coverage\`, runs the unit and contract tests of
server/discussion, server/store and server/protocol, and prints a line for each of their files: how many lines
of code it has, how many ran, and which did not. HTML is in build/coverage/html.
TXT
}

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=deploy/common.sh
. "$repo/deploy/common.sh"
steps=4
for argument in "$@"; do
    case $argument in
        --help | -h) usage && exit 0 ;;
        *) usage >&2 && die "Unknown argument: $argument" ;;
    esac
done

step "Installing what is missing"
install_missing "$repo"/deploy/packages/{build,test,coverage}.txt

step "Building (some minutes the first time)"
configure coverage
cmake --build --preset coverage --parallel "$(jobs_count)"

step "Running the tests"
find "$repo/build/coverage" -name '*.gcda' -delete
ctest --test-dir "$repo/build/coverage" --output-on-failure --no-tests=error \
    -R '^(unit_discussion|unit_protocol|unit_store|unit_store_writer|contract_store|contract_postgres|fuzz_edge)$'

step "Counting"
mkdir -p "$repo/build/coverage/html"
filters=()
for folder in discussion store protocol; do filters+=(--filter "server/$folder/"); done
# Branches of exceptions that nothing throws say little, so lines alone are counted.
gcovr --root "$repo" --object-directory "$repo/build/coverage" "${filters[@]}" --exclude-unreachable-branches \
    --gcov-ignore-parse-errors --html-details "$repo/build/coverage/html/index.html" --print-summary
