#!/usr/bin/env bash
# Installs what is missing on Debian 12, builds Parley and runs several instances of it on this machine, with a
# PostgreSQL, a Redis and an HAProxy of their own.
set -euo pipefail

usage() {
    cat <<TXT
deploy/cluster.sh [--instances N] [--port PORT] [--state DIR] [--build | --stop | --help]

Installs what is missing (Debian 12), builds the release, and runs on this machine, all on loopback: PostgreSQL 15,
Redis, 3 instances of Parley and HAProxy, which serves them on http://localhost:8080 with an example discussion.
What dies is started again. Ctrl-C stops all of it; run it again at any time: what is done is not done twice, and
the data stays.

  --instances N   1 to 9, by default 3
  --port PORT     where HAProxy listens, by default 8080
  --state DIR     data, secrets and logs; by default build/cluster in the repository, or parley-cluster in
                  \$XDG_STATE_HOME if that is set; for root where PostgreSQL's user cannot reach that,
                  /var/lib/parley-cluster
  --build         install and build only
  --stop          stop the one that runs on this state, and wait until it has ended

  PARLEY_SECTION_KEY   any other key of config/parley.toml, for all instances
TXT
}

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=deploy/common.sh
. "$repo/deploy/common.sh"

steps=3
only=
instances=3
port=8080
state=

parse_arguments() {
    while (($#)); do
        case $1 in
            --build | --stop) only=${1#--} ;;
            --instances | --port | --state)
                [[ -n ${2:-} ]] || die "$1 takes a value."
                printf -v "${1#--}" %s "$2"
                shift
                ;;
            --help | -h) usage && exit 0 ;;
            *) usage >&2 && die "Unknown argument: $1" ;;
        esac
        shift
    done
    [[ $instances =~ ^[1-9]$ ]] || die "--instances takes 1 to 9, not: $instances"
    if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
        die "--port takes 1 to 65535, not: $port"
    fi
}

# PostgreSQL does not run as root, so its own user must be able to enter the folders above its data.
postgres_reaches() {
    local folder=$1
    until [[ -d $folder ]]; do folder=$(dirname "$folder"); done
    setpriv --reuid=postgres --regid=postgres --clear-groups test -x "$folder"
}

choose_state() {
    if [[ -n $state ]]; then
        state=$(realpath -m "$state")
    else
        state=$repo/build/cluster
        [[ -z ${XDG_STATE_HOME:-} ]] || state=$XDG_STATE_HOME/parley-cluster
        ((EUID != 0)) || postgres_reaches "$state" || state=/var/lib/parley-cluster
    fi
    ((EUID != 0)) || postgres_reaches "$state" ||
        die "PostgreSQL's user cannot enter the folders above $state. Choose another: deploy/cluster.sh --state /var/lib/parley-cluster"
}

parse_arguments "$@"

if [[ $only != stop ]]; then
    [[ $only != build ]] || steps=2
    step "Installing what is missing"
    install_missing "$repo/deploy/packages/build.txt" "$repo/deploy/packages/cluster.txt"
    step "Building the release (some minutes the first time)"
    configure release
    build release parley
    if [[ $only == build ]]; then
        printf 'Built in %d s: %s\n' "$SECONDS" "$repo/build/release/server/parley"
        exit 0
    fi
    choose_state
    step "Starting PostgreSQL, Redis, $instances instances and HAProxy; data and logs are in $state"
    exec node "$repo/deploy/cluster/supervise.mjs" --state "$state" --port "$port" --instances "$instances"
fi
has_node || die "There is no node >= $node_major_min: nothing can run."
choose_state
exec node "$repo/deploy/cluster/supervise.mjs" --state "$state" --stop
