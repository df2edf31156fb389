#!/usr/bin/env bash
# Private Redis servers for tests: on 127.0.0.1, on ports from the kernel, in a folder that goes with them.
# Reads one command from each line of standard input and answers each with one line, "ok ..." or "failed ...".
# Everything ends when standard input closes.
#
#   redis NAME [CONFIG...]     starts a server; CONFIG as redis-server takes it. Answers its port.
#   sentinel NAME PORT...      starts a sentinel that watches mymaster at PORT; CONFIG lines may follow as key=value.
#   tls NAME [ALTERNATIVE]     starts a server that speaks TLS alone, with a certificate for localhost and 127.0.0.1
#                              unless ALTERNATIVE names another (DNS:NAME). Answers its port and the CA's file.
#   kill NAME | restart NAME   kill -9; again, on the same port
#   pause NAME | resume NAME   SIGSTOP and SIGCONT
#   log NAME WORD...           how many lines of its log hold these words.
#   cli NAME WORD...           runs redis-cli. Answers what it prints, on one line.
set -euo pipefail

folder=$(mktemp -d "${TMPDIR:-/tmp}/parley-redis-XXXXXX")
declare -A ports pids starts tls

end() {
    exec 2>/dev/null # bash would tell of each process that is ended here
    local name
    for name in "${!pids[@]}"; do
        kill -KILL "${pids[$name]}" || true
    done
    wait || true
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 143' TERM INT HUP

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# What redis-cli needs to reach a server.
cli() {
    local name=$1
    shift
    local options=(-p "${ports[$name]}" -h 127.0.0.1)
    [[ -z ${tls[$name]:-} ]] || options+=(--tls --cacert "$folder/ca.pem")
    redis-cli "${options[@]}" "$@" 2>&1
}

# Starts what starts[NAME] says and waits until it answers.
start() {
    local name=$1 answer deadline=$((SECONDS + 30))
    local command
    IFS=$'\t' read -r -a command <<<"${starts[$name]}"
    "${command[@]}" >"$folder/$name.log" 2>&1 </dev/null &
    pids[$name]=$!
    while ((SECONDS < deadline)); do
        kill -0 "${pids[$name]}" 2>/dev/null || return 1
        answer=$(timeout 1 redis-cli -p "${ports[$name]}" -h 127.0.0.1 \
            ${tls[$name]:+--tls --cacert "$folder/ca.pem"} PING 2>&1 || true)
        # One that wants a password is there as well.
        [[ $answer == PONG || $answer == *NOAUTH* ]] && return 0
        sleep 0.02
    done
    return 1
}

joined() {
    local IFS=$'\t'
    printf '%s' "$*"
}

# A new server on a free port; another one where somebody took that meanwhile.
start_new() {
    local name=$1
    shift
    mkdir -p "$folder/$name"
    for _ in 1 2 3; do
        ports[$name]=$(free_port)
        starts[$name]=$(joined "${@//PORT/${ports[$name]}}")
        start "$name" && return 0
    done
    return 1
}

start_redis() {
    local name=$1
    shift
    start_new "$name" redis-server --bind 127.0.0.1 --port PORT --dir "$folder/$name" --save '' --appendonly no "$@"
}

start_sentinel() {
    local name=$1 port=$2
    shift 2
    mkdir -p "$folder/$name"
    {
        printf 'bind 127.0.0.1\ndir %s\nsentinel monitor mymaster 127.0.0.1 %s 2\n' "$folder/$name" "$port"
        printf 'sentinel down-after-milliseconds mymaster 500\nsentinel failover-timeout mymaster 5000\n'
        printf '%s\n' "${@//=/ }"
    } >"$folder/$name/sentinel.conf"
    start_new "$name" redis-sentinel "$folder/$name/sentinel.conf" --port PORT
}

make_ca() {
    [[ ! -e $folder/ca.pem ]] || return 0
    openssl req -x509 -days 2 -nodes -newkey rsa:2048 -sha256 -subj '/CN=Parley test CA' \
        -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
}

make_certificate() {
    local stem=$1 alternatives=$2
    make_ca
    openssl req -nodes -newkey rsa:2048 -sha256 -subj /CN=parley-test -keyout "$stem.key" -out "$stem.csr" 2>/dev/null
    openssl x509 -req -days 2 -in "$stem.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial \
        -out "$stem.pem" -extfile <(printf 'subjectAltName=%s' "$alternatives") 2>/dev/null
}

start_tls() {
    local name=$1 stem=$folder/certificate-$1
    make_certificate "$stem" "${2:-DNS:localhost,IP:127.0.0.1}"
    tls[$name]=1
    start_new "$name" redis-server --bind 127.0.0.1 --port 0 --tls-port PORT --dir "$folder/$name" --save '' \
        --appendonly no --tls-cert-file "$stem.pem" --tls-key-file "$stem.key" \
        --tls-ca-cert-file "$folder/ca.pem" --tls-auth-clients no
}

kill_hard() {
    kill -KILL "${pids[$1]}"
    wait "${pids[$1]}" 2>/dev/null || true
}

run() {
    local what=$1 name=$2
    shift 2
    case $what in
        redis) start_redis "$name" "$@" && echo "ok ${ports[$name]}" ;;
        sentinel) start_sentinel "$name" "$@" && echo "ok ${ports[$name]}" ;;
        tls) start_tls "$name" "$@" && echo "ok ${ports[$name]} $folder/ca.pem" ;;
        kill) kill_hard "$name" && echo ok ;;
        restart) start "$name" && echo ok ;;
        pause) kill -STOP "${pids[$name]}" && echo ok ;;
        resume) kill -CONT "${pids[$name]}" && echo ok ;;
        log) echo "ok $(grep -c -F -- "$*" "$folder/$name.log" || true)" ;;
        cli) echo "ok $(cli "$name" "$@" | tr '\n' ' ')" ;;
        *) return 1 ;;
    esac
}

# A space behind a backslash belongs to its word.
# shellcheck disable=SC2162
while read -a words; do
    ((${#words[@]} >= 2)) && run "${words[@]}" || echo "failed ${words[*]}"
done
