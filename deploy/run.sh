#!/usr/bin/env bash
# Installs what is missing on Debian 12, builds Parley and serves it with an example discussion.
set -euo pipefail

usage() {
    cat <<TXT
deploy/run.sh [--build] [--help]

Installs what is missing (Debian 12), builds the release, imports an example discussion and serves it on
http://localhost:8080 with SQLite and no other service. Run it again at any time: what is done is not
done twice. Ctrl-C stops the server.

  --build   install and build only

  PARLEY_DATA               folder of the database, by default build/data in the repository
  PARLEY_SERVER_PORT=8081   and so on: any key of config/parley.toml as PARLEY_SECTION_KEY. With
                            PARLEY_STORE_URL the store is yours and the example is left out.
TXT
}

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=deploy/common.sh
. "$repo/deploy/common.sh"

steps=4
for argument in "$@"; do
    case $argument in
        --build) steps=2 ;;
        --help | -h) usage && exit 0 ;;
        *) usage >&2 && die "Unknown argument: $argument" ;;
    esac
done

host=${PARLEY_SERVER_HOST:-127.0.0.1}
[[ $host == 0.0.0.0 || $host == :: ]] && host=127.0.0.1
port=${PARLEY_SERVER_PORT:-8080}
data=${PARLEY_DATA:-$repo/build/data}
binary=$repo/build/release/server/parley
example=$repo/deploy/example/tram-line.ndjson

listens() {
    (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null
}

check_port() {
    if ! [[ $port =~ ^[0-9]{1,5}$ ]] || ((port > 65535)); then
        die "PARLEY_SERVER_PORT is not a port: $port"
    fi
    if ((port != 0)) && listens; then
        die "Port $port is taken, perhaps by a Parley that runs already: http://localhost:$port. Stop it, or choose another port: PARLEY_SERVER_PORT=8081 deploy/run.sh"
    fi
}

# Runs once for each database; what was done is remembered beside it.
import_example() {
    local stamp=$data/example-imported log=$repo/build/logs/import.log code=0
    mkdir -p "$data" "$(dirname "$log")" || die "Cannot write into $data: set PARLEY_DATA to a folder that you own."
    [[ -f $stamp && -f $data/parley.db ]] && return
    "$binary" import --config "$repo/config/parley.toml" "${store[@]}" "$example" >"$log" 2>&1 || code=$?
    if ((code == 75)); then
        die "A Parley server holds $data/parley.db. Stop it first, or use another folder: PARLEY_DATA=/some/folder deploy/run.sh"
    elif ((code != 0)); then
        tail -n 25 "$log" >&2
        die "The example could not be imported (exit code $code). The whole log: $log"
    fi
    touch "$stamp"
}

is_ready() {
    local status=
    exec 3<>"/dev/tcp/$host/$port" || return 1
    printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    read -r -t 2 status <&3
    exec 3<&- 3>&-
    [[ $status == *" 200 "* ]]
}

# Waits beside the server until it answers, says so and ends; ends as well when the server does.
announce() {
    local server=$1
    trap '' PIPE
    while kill -0 "$server" 2>/dev/null && ((SECONDS < 3600)); do
        if is_ready 2>/dev/null; then
            printf '\n      Parley is ready: http://localhost:%s (Ctrl-C stops it)\n\n' "$port"
            return
        fi
        sleep 0.2
    done
}

((steps == 2)) || check_port

step "Installing what is missing"
install_missing "$repo/deploy/packages/build.txt"

step "Building the release (some minutes the first time)"
configure release
build release parley
if ((steps == 2)); then
    printf 'Built in %d s: %s\n' "$SECONDS" "$binary"
    exit 0
fi

store=()
if [[ -n ${PARLEY_STORE_URL:-} ]]; then
    step "Leaving the example out, since PARLEY_STORE_URL is set"
else
    step "Importing the example discussion into $data"
    store=(--set "store.url=sqlite:$data/parley.db")
    import_example
fi

step "Starting the server"
if ((port != 0)); then
    (announce $$ &)
fi
exec "$binary" serve --config "$repo/config/parley.toml" "${store[@]}"
