#!/usr/bin/env bash
# A private PostgreSQL 15 in a folder of its own, for tests. Prints
#
#     READY postgresql://parley@127.0.0.1:PORT/parley PID
#
# and ends the server, and removes the folder, when its standard input closes. The folder also holds
# the unix sockets. Commands, one on a line of standard input, each answered by a line:
#
#     restart          stops it at once, as a crash would, and starts it: READY URL PID
#     kill             kill -9 of all its processes: DONE
#     start            after kill or stop, on the same port and data: READY URL PID
#     pause, resume    SIGSTOP and SIGCONT of all its processes: DONE
#     stop             ends it as an operator would: DONE
#     promote          makes a standby a primary: DONE
#     log              where its log is: LOG FILE
#
# Arguments are settings, NAME=VALUE: fsync=off for tests that need speed; by default it is as durable
# as a real one. With ssl=on it has a certificate for 127.0.0.1, FOLDER/server.crt beside the log. As
# root it runs as the user postgres. With standby_of=PORT it is a standby of the server on that port.
set -euo pipefail

bin=/usr/lib/postgresql/15/bin
[[ -x $bin/postgres ]] || { echo "There is no PostgreSQL 15: install the package postgresql." >&2; exit 1; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/parley-postgres-XXXXXX")
data=$folder/data
log=$folder/log
port=
server=

# PostgreSQL refuses to run as root.
owner=()
((EUID != 0)) || owner=(--reuid=postgres --regid=postgres --init-groups)
as_owner() { setpriv "${owner[@]}" "$@"; }

processes() {
    [[ -n $server ]] || return 0
    echo "$server"
    cat "/proc/$server/task/$server/children" 2>/dev/null || true
}

signal_all() {
    local pids
    pids=$(processes)
    # shellcheck disable=SC2086
    [[ -z $pids ]] || kill -"$1" $pids 2>/dev/null || true
}

wait_gone() {
    local pid=$1
    while [[ -d /proc/$pid ]] && ! grep -q '^State:.*[ZX]' "/proc/$pid/status" 2>/dev/null; do
        read -rt 0.01 <> <(:) || true
    done
}

end() {
    [[ -n $server ]] || return 0
    signal_all CONT
    kill -"$1" "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}

finish() {
    trap - EXIT INT TERM HUP
    end QUIT
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A port that the kernel gives is free now; whoever takes it first has it, so a start may have to be
# tried with another.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# By the file that it writes itself; that of one which was killed lies there still.
is_ready() {
    [[ $(sed -n '1p;8p' "$data/postmaster.pid" 2>/dev/null) == "$server"$'\n'ready* ]]
}

start() {
    local fixed=$port
    for _ in 1 2 3 4 5; do
        port=${fixed:-$(free_port)}
        # Should this script be killed, the server goes with it.
        setpriv --pdeathsig QUIT "${owner[@]}" "$bin/postgres" -D "$data" -p "$port" \
            </dev/null >>"$log" 2>&1 &
        server=$!
        while kill -0 "$server" 2>/dev/null; do
            ! is_ready || return 0
            read -rt 0.02 <> <(:) || true
        done
        wait "$server" || true
        server=
    done
    tail -n 20 "$log" >&2
    exit 1
}

ready() { echo "READY postgresql://parley@127.0.0.1:$port/parley $server"; }

make_certificate() {
    as_owner openssl req -new -x509 -days 1 -nodes -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
        -keyout "$data/server.key" -out "$data/server.crt" >/dev/null 2>&1
    cp "$data/server.crt" "$folder/server.crt"
}

make_data() {
    if [[ -n $primary ]]; then
        as_owner "$bin/pg_basebackup" --pgdata "$data" --dbname "postgresql://postgres@127.0.0.1:$primary/" \
            --write-recovery-conf --checkpoint fast --no-sync >/dev/null
    else
        as_owner "$bin/initdb" --pgdata "$data" --username postgres --auth trust --encoding UTF8 \
            --locale C.UTF-8 --no-sync --no-instructions >/dev/null
    fi
}

create() {
    local primary='' setting settings=()
    for setting in "$@"; do
        if [[ $setting == standby_of=* ]]; then primary=${setting#*=}; else settings+=("$setting"); fi
    done
    ((EUID != 0)) || chown postgres:postgres "$folder"
    make_data
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "unix_socket_directories = '$folder'"
        echo "shared_buffers = 64MB"
        echo "max_connections = 60"
        echo "log_line_prefix = '%m [%p] '"
        for setting in "${settings[@]}"; do echo "${setting%%=*} = '${setting#*=}'"; done
    } | as_owner tee -a "$data/postgresql.conf" >/dev/null
    [[ " $* " != *" ssl=on "* ]] || make_certificate
    start
    [[ -z $primary ]] || return 0
    as_owner psql -qX -h "$folder" -p "$port" -U postgres -d postgres \
        -c 'CREATE ROLE parley LOGIN CREATEDB' -c 'CREATE DATABASE parley OWNER parley'
}

# All at once; those that the server leaves behind must be gone before it can start again.
kill_all() {
    local pid pids
    pids=$(processes)
    signal_all KILL
    wait "$server" 2>/dev/null || true
    for pid in $pids; do wait_gone "$pid"; done
    server=
}

create "$@"
ready
while read -r command; do
    case $command in
        restart) end QUIT && start && ready ;;
        kill) kill_all && echo DONE ;;
        start) start && ready ;;
        pause) signal_all STOP && echo DONE ;;
        resume) signal_all CONT && echo DONE ;;
        stop) end INT && echo DONE ;;
        promote)
            as_owner "$bin/pg_ctl" promote --silent --wait --pgdata "$data" >/dev/null
            echo DONE
            ;;
        log) echo "LOG $log" ;;
        *) echo "UNKNOWN $command" ;;
    esac
done
