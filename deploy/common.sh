# shellcheck shell=bash disable=SC2154
# Shared by deploy/run.sh, deploy/cluster.sh, tests/run.sh and tests/bench/run.sh; to be sourced. Expects $repo,
# and $steps for step().

node_major_min=18
step_number=0

die() {
    printf '\n%s\n' "$*" >&2
    exit 1
}

# step TEXT: says what comes next, how far the script is and how many seconds it took so far.
step() {
    step_number=$((step_number + 1))
    printf '[%d/%d %4ds] %s\n' "$step_number" "$steps" "$SECONDS" "$*"
}

# quietly LOG SENTENCE COMMAND...: runs the command into LOG; if it fails, shows the end of it and stops.
quietly() {
    local log=$1 sentence=$2
    shift 2
    mkdir -p "$(dirname "$log")"
    if ! "$@" >"$log" 2>&1; then
        tail -n 25 "$log" >&2
        die "$sentence The whole log: $log"
    fi
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo "$@"
    fi
}

has_node() {
    local version
    version=$(node --version 2>/dev/null) || return 1
    version=${version#v}
    ((${version%%.*} >= node_major_min)) && command -v npm >/dev/null
}

# install_missing LIST...: installs those packages of the lists that are not there yet.
install_missing() {
    local wanted installed missing=() name
    mapfile -t wanted < <(grep -hv '^#' "$@")
    has_node || wanted+=(nodejs npm)
    installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
    for name in "${wanted[@]}"; do
        grep -qx "$name installed" <<<"$installed" || missing+=("$name")
    done
    ((${#missing[@]})) || return 0

    # shellcheck disable=SC1091
    [[ -r /etc/os-release ]] && . /etc/os-release
    [[ ${ID:-} == debian && ${VERSION_ID:-} == 12 ]] ||
        die "These packages are missing, and this script can install them on Debian 12 only (this is ${PRETTY_NAME:-another system}): ${missing[*]}. Use Debian 12, in a container for instance, or install their equals by hand."
    ((EUID == 0)) || command -v sudo >/dev/null ||
        die "These packages are missing: ${missing[*]}. Run this as root, or install sudo."
    printf '      installing %d packages: %s\n' "${#missing[@]}" "${missing[*]}"
    local log=$repo/build/install.log apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    ((EUID == 0)) || sudo -v || die "Installing packages needs sudo: ${missing[*]}."
    quietly "$log" "apt-get update failed. Is there a network, and do /etc/apt/sources.list and its folder name Debian's mirrors?" \
        as_root "${apt[@]}" update
    quietly "$log" "Installing packages failed. Is there a network, and room on the disk?" \
        as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
    has_node || die "There is no node >= $node_major_min with npm in PATH, and Debian's could not be installed."
}

# One compile job for each core, as long as each has a gigabyte of memory.
jobs_count() {
    local memory_gb cores
    memory_gb=$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
    cores=$(nproc)
    echo $((memory_gb < 1 ? 1 : memory_gb < cores ? memory_gb : cores))
}

# configure PRESET: a build folder that was made for another place of the sources is made anew.
configure() {
    local cache=$repo/build/$1/CMakeCache.txt fresh=()
    if [[ -f $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$repo" "$cache"; then
        fresh=(--fresh)
    fi
    quietly "$repo/build/logs/configure-$1.log" "CMake could not configure the build." \
        cmake -S "$repo" --preset "$1" "${fresh[@]}"
}

# build PRESET TARGET...: shows ninja's own progress.
build() {
    local preset=$1
    shift
    NINJA_STATUS="      [%f/%t %es] " cmake --build "$repo/build/$preset" --parallel "$(jobs_count)" --target "$@" ||
        die "The build failed: the first error is above. It needs about 1 GB of memory for each job and 1 GB of disk; npm packages come from the network."
}
