#!/usr/bin/env bash
# Installs what the benchmark needs on Debian 12, builds it and runs it.
set -euo pipefail

usage() {
    cat <<TXT
tests/bench/run.sh [--quick] [--only TARGET]... [--peers] [--write-readme] [--help]

Installs what is missing (Debian 12), builds the release with the benchmark, measures, and prints a table
and build/bench/results.json. No time makes it fail: the table says what was reached. Needs two cores (the
server gets one, the load the other) and a machine that does nothing else. nginx comes from Debian, whose package
starts it as a service; the benchmark runs one of its own and leaves that alone.

  --quick          one run of each, shorter and with fewer readers; about four minutes
  --only TARGET    1 to 16, or the name of a measurement; may be given several times
  --peers          ws, socket.io and nchan as well (Bun is measured where a target names it)
  --write-readme   puts the tables into tests/bench/README.md
TXT
}

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=deploy/common.sh
. "$repo/deploy/common.sh"

steps=3
descriptors_wanted=12000

for argument in "$@"; do
    [[ $argument != --help && $argument != -h ]] || { usage && exit 0; }
done

# 10,000 readers need as many descriptors on both sides.
raise_descriptors() {
    if (($(ulimit -n) < descriptors_wanted)); then
        ulimit -n "$descriptors_wanted" 2>/dev/null ||
            die "The benchmark needs $descriptors_wanted open files: raise the limit with ulimit -n."
    fi
}

(($(nproc) >= 2)) || die "The benchmark needs two cores."
raise_descriptors

step "Installing what is missing"
install_missing "$repo/deploy/packages/build.txt" "$repo/deploy/packages/bench.txt"
bash "$repo/server/build/npm_ci.sh" "$repo/tests"
bash "$repo/server/build/npm_ci.sh" "$repo/tests/bench"

step "Building (some minutes the first time)"
configure bench
build bench parley bench_server bench_load bench_floor bench_http bench_store

step "Measuring"
exec node "$repo/tests/bench/run.mjs" "$@"
