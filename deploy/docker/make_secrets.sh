#!/usr/bin/env bash
# Makes the secrets of compose.yaml once: deploy/docker/secrets, which only its owner can enter. Files that
# are there stay as they are.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
secrets=$here/secrets

random_hex() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

if [[ -e $secrets/parley.env ]]; then
    printf '%s is there already.\n' "$secrets"
    exit 0
fi
umask 077
mkdir -p "$secrets"
postgres_password=$(random_hex)
redis_password=$(random_hex)
hash=$(printf %s "$redis_password" | sha256sum | cut -d' ' -f1)
printf %s "$postgres_password" >"$secrets/postgres_password"
sed "s/PASSWORD_SHA256/$hash/" "$here/../redis/users.acl" >"$secrets/redis_acl"
# Containers read these as users of their own; the folder keeps everybody else out.
chmod 0644 "$secrets/postgres_password" "$secrets/redis_acl"
# Last: who finds this file finds all.
cat >"$secrets/parley.env.new" <<TXT
PGPASSWORD=$postgres_password
PARLEY_BUS_URL=redis://parley:$redis_password@redis:6379
PARLEY_BUS_SECRET=$(random_hex)
TXT
mv "$secrets/parley.env.new" "$secrets/parley.env"
printf 'Made %s.\n' "$secrets"
