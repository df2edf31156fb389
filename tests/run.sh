#!/usr/bin/env bash
# Installs what the tests need on Debian 12, builds with sanitizers and runs the tests.
set -euo pipefail

usage() {
    cat <<TXT
tests/run.sh [--full] [--only LEVEL]... [--help]

Installs what is missing (Debian 12), builds with the address and undefined behaviour sanitizers, runs
the quick tier and ends with "N passed, N failed"; the exit code is 0 only if nothing failed. Logs are
in build/test-logs/LEVEL.log.

  quick tier: ${quick[*]}
  --full adds: ${slow[*]}
  --only LEVEL   runs just this level; may be given several times
TXT
}

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=deploy/common.sh
. "$repo/deploy/common.sh"

quick=(style unit contract fuzz simulation web-client integration deploy fault browser)
slow=(simulation-full threads headers tidy)
logs=$repo/build/test-logs
level_timeout_s=1500
passed=0
failed=0

parse_arguments() {
    local full=0 only=() level
    while (($#)); do
        case $1 in
            --full) full=1 ;;
            --only)
                [[ " ${quick[*]} ${slow[*]} " == *" ${2:-} "* ]] || die "--only takes one of: ${quick[*]} ${slow[*]}"
                only+=("$2")
                shift
                ;;
            --help | -h) usage && exit 0 ;;
            *) usage >&2 && die "Unknown argument: $1" ;;
        esac
        shift
    done
    levels=("${quick[@]}")
    ((full)) && levels+=("${slow[@]}")
    ((${#only[@]})) && levels=("${only[@]}")
    steps=$((${#levels[@]} + 2))
}

# What each level runs. Each prints or leaves counts that count_results() understands.
ctest_level() {
    ctest --test-dir "$repo/build/dev" -L "^$1\$" -V --no-tests=error --parallel "$(nproc)"
}

node_level() {
    bash "$repo/server/build/npm_ci.sh" "$repo/tests"
    cd "$repo/tests"
    local files
    mapfile -t files < <(find "$1" -name '*.test.js' -o -name '*.test.mjs' | sort)
    ((${#files[@]})) || { echo "There is no test in tests/$1."; return 1; }
    node --test --test-reporter=spec "${files[@]}"
}

web_client_level() {
    bash "$repo/server/build/npm_ci.sh" "$repo/web-client"
    npm --prefix "$repo/web-client" test
}

simulation_full_level() {
    local from
    for from in 1 5001; do
        "$repo/build/dev/tests/simulation/simulation" --from "$from" --seeds 5000 &
    done
    wait -n && wait -n
}

# The integration tests again, against three event loops and the thread sanitizer.
threads_level() {
    configure tsan
    build tsan parley
    export PARLEY_BIN=$repo/build/tsan/server/parley PARLEY_SERVER_THREADS=3 TSAN_OPTIONS=halt_on_error=1
    node_level integration
}

tidy_level() {
    local files
    mapfile -t files < <(find "$repo/server" "$repo/tests" -name node_modules -prune -o -name '*.cpp' -print | sort)
    run-clang-tidy-14 -quiet -p "$repo/build/dev" -j "$(jobs_count)" "${files[@]}"
}

run_level() {
    case $1 in
        style | unit | contract | fuzz | simulation) ctest_level "$1" ;;
        web-client) web_client_level ;;
        integration | deploy | fault | browser) node_level "$1" ;;
        simulation-full) simulation_full_level ;;
        threads) threads_level ;;
        headers) cmake --build "$repo/build/dev" --parallel "$(jobs_count)" --target all_verify_interface_header_sets ;;
        tidy) tidy_level ;;
    esac
}

# count_results LEVEL: "PASSED FAILED" from GoogleTest's XML files and from the "# pass 3" and "# fail 0" of
# TAP and of node's reporters. A skipped test counts as failed: it proves nothing.
count_results() {
    {
        sed -nE 's/^([0-9]+: )?(#|ℹ) (pass|fail|cancelled|skipped|todo) ([0-9]+)$/\3 \4/p' "$logs/$1.log"
        find "$logs/$1.xml" -type f -name '*.xml' -exec sed -nE 's/^ *<testsuite (.*)>$/gtest \1/p' {} + | tr -d '"' | tr '=' ' '
    } | awk '
        $1 == "gtest" {
            for (i = 2; i < NF; ++i) {
                if ($i == "tests") { pass += $(i + 1) }
                if ($i ~ /^(failures|disabled|skipped|errors)$/) { pass -= $(i + 1); fail += $(i + 1) }
            }
            next
        }
        $1 == "pass" { pass += $2; next }
        { fail += $2 }
        END { print pass + 0, fail + 0 }'
}

marked_processes() {
    local environments=(/proc/[0-9]*/environ)
    grep -lzxF "TEST_RUN_MARK=$TEST_RUN_MARK" "${environments[@]}" 2>/dev/null | tr -dc '0-9\n' || true
}

# Ends what a level left behind, so that nothing outlives the run.
sweep() {
    local left signal
    for signal in TERM KILL; do
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            left=$(marked_processes)
            [[ -n $left ]] || return 0
            # shellcheck disable=SC2086
            kill -"$signal" $left 2>/dev/null || true
            sleep 0.2
        done
    done
}

# Waits for the level, and tells every half minute that it still runs.
watch_level() {
    local process=$1 level=$2 started=$SECONDS next=30
    while kill -0 "$process" 2>/dev/null; do
        if ((SECONDS - started >= next)); then
            printf '      %s runs for %d s\n' "$level" $((SECONDS - started))
            next=$((next + 30))
        fi
        sleep 0.2
    done
    wait "$process"
}

# The lines of the log that tell of failures, or else its end.
show_failures() {
    local lines
    lines=$(grep -E -A 6 '(^|: )not ok |: Failure$|ERROR: |runtime error: |✖ |error: |^Error: ' "$1" | head -n 60 || true)
    if [[ -n $lines ]]; then
        printf '%s\n' "$lines"
    else
        tail -n 30 "$1"
    fi
}

test_level() {
    local level=$1 code=0 started=$SECONDS counts pass fail
    rm -rf "$logs/$level.log" "$logs/$level.xml"
    mkdir -p "$logs/$level.xml"
    GTEST_OUTPUT="xml:$logs/$level.xml/" timeout "$level_timeout_s" \
        bash "$repo/tests/run.sh" --inside "$level" >"$logs/$level.log" 2>&1 </dev/null &
    watch_level $! "$level" || code=$?
    sweep
    counts=$(count_results "$level")
    pass=${counts% *}
    fail=${counts#* }
    # A level without counts is one check; one that fails outside of its tests fails once.
    ((code == 0 && pass + fail == 0)) && pass=1
    ((code != 0 && fail == 0)) && fail=1
    passed=$((passed + pass))
    failed=$((failed + fail))
    printf '      %d passed, %d failed, %d s\n' "$pass" "$fail" $((SECONDS - started))
    if ((fail)); then
        ((code != 124)) || printf '      It was stopped after %d s.\n' "$level_timeout_s"
        show_failures "$logs/$level.log" | sed 's/^/      | /'
        printf '      The whole log: %s\n' "$logs/$level.log"
    fi
}

needs_build() {
    local level
    for level in "${levels[@]}"; do
        [[ $level == style || $level == web-client ]] || return 0
    done
    return 1
}

finish() {
    local code=$?
    trap - EXIT
    ((finished)) || exec 2>/dev/null # bash would tell of each process that is ended here
    sweep
    # Stopped before the end: that is a failure of its own.
    ((finished)) || failed=$((failed + 1))
    printf '%d passed, %d failed\n' "$passed" "$failed"
    ((failed == 0)) && exit "$code"
    exit 1
}

if [[ ${1:-} == --inside ]]; then
    run_level "$2"
    exit
fi

parse_arguments "$@"
# Every process that a level starts inherits this, which is how those left behind are found.
export TEST_RUN_MARK="parley-tests-$$-$RANDOM"
finished=0
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step "Installing what is missing"
install_missing "$repo/deploy/packages/build.txt" "$repo/deploy/packages/test.txt"

step "Building with sanitizers (many minutes the first time)"
configure dev
if needs_build; then build dev all; fi

for level in "${levels[@]}"; do
    step "Testing: $level"
    test_level "$level"
done
finished=1
