#!/usr/bin/env bash
# Builds what the fault tests need and plays them: all of them by many seeds, or those that are asked for.
set -euo pipefail

usage() {
    cat <<TXT
tests/fault/run.sh [--full] [--seed N] [--runs N] [--fault F7]... [--mutants] [--mutant NAME]... [--help]

Installs what is missing (Debian 12), builds the server with sanitizers, with mutants and as a release, plays faults on
real processes and ends with "N passed, N failed, N not run".

  --full           every fault and every mutant; writes the table tests/fault/REPORT.md
  --seed N         the first seed (1); what a seed chose, it chooses again
  --runs N         runs of each fault, by seeds that follow each other (3)
  --fault F1       only this fault; may be given several times
  --mutants        only the mutants
  --mutant NAME    only this one; may be given several times
TXT
}

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=deploy/common.sh
. "$repo/deploy/common.sh"
steps=3
arguments=()
for argument in "$@"; do
    case $argument in
        --help | -h) usage && exit 0 ;;
        --full) arguments+=(--full --report) ;;
        *) arguments+=("$argument") ;;
    esac
done

step "Installing what is missing"
install_missing "$repo/deploy/packages/build.txt" "$repo/deploy/packages/test.txt"

step "Building"
configure dev
build dev parley disk_shim
for preset in mutants release; do
    configure "$preset"
    build "$preset" parley
done
bash "$repo/server/build/npm_ci.sh" "$repo/tests"

step "Playing faults"
cd "$repo/tests"
exec node fault/run.mjs "${arguments[@]}"
