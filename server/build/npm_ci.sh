#!/usr/bin/env bash
# npm_ci.sh DIR: installs DIR's pinned npm packages if its lock file changed since the last time.
# Two builds at once take turns, since they share DIR/node_modules.
set -euo pipefail

cd "$1"
exec 9<package-lock.json
flock 9
wanted=$(sha256sum <package-lock.json)
stamp=node_modules/.lock-sha256
if [[ ! -f $stamp || $(<"$stamp") != "$wanted" ]]; then
    npm ci --no-audit --no-fund --loglevel=error 9<&-
    mkdir -p node_modules
    printf '%s\n' "$wanted" >"$stamp"
fi
