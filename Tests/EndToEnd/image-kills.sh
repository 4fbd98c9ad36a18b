#!/usr/bin/env bash
# Kills image in the middle of uploads, stagings, imports, copies and deletes, and looks whether rows, files and usage
# agree when the reconciler has run. On an identity and an image of its own: own services, own ports, in a folder.
#
#   image-kills.sh [ROUNDS [SEED]]      each round kills once (default 15)
#
# The programs are taken from APUS_SCRATCH_PATH (.build when unset). The last line has the counts.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
APUS_SUPERVISOR=plain
for part in devstack/lib/process devstack/lib/mariadb Tests/Compare/ours; do
    # shellcheck source=/dev/null
    . "$top/$part.sh"
done
# shellcheck disable=SC2034 # for ours.sh
BIN=${APUS_SCRATCH_PATH:-$top/.build}/debug
ADMIN_PASSWORD=admin-secret
# shellcheck disable=SC2034 # for ours.sh
SERVICE_PASSWORD=service-secret
work=$(mktemp -d /tmp/image-kills.XXXXXX)

fresh_database() {
    mariadb_sql "$work/services" -e "DROP DATABASE IF EXISTS $1; CREATE DATABASE $1 CHARACTER SET utf8mb4"
}

finish() {
    local status=$? name
    [ "$status" -eq 0 ] || grep -aE "WARN|ERROR" "$work"/*.log | tail -n 20 || true
    for name in image identity; do process_stop "$work/$name.pid" || true; done
    "$top/Tests/Support/services.sh" stop "$work/services"
    [ -n "${IMAGE_KILLS_KEEP:-}" ] || rm -rf "$work"
}

up() {
    "$top/Tests/Support/services.sh" start "$work/services"
    # shellcheck disable=SC2034 # for ours.sh
    AMQP_URL=$("$top/Tests/Support/services.sh" env "$work/services" | sed -n 's/^export APUS_TEST_RABBITMQ_URL=//p')
    SOURCE_PORT=$(free_port 15700)
    # shellcheck disable=SC2034 # for ours.sh
    IMAGE_SETTINGS="more_stores = more=$work/image/more
project_quota = 1T
web_download_networks = 127.0.0.0/8
web_download_ports = $SOURCE_PORT"
    identity_up
    image_up
}

trap finish EXIT
up > "$work/up.log" 2>&1
cat > "$work/place" << EOF2
{
    "identity": "http://127.0.0.1:$IDENTITY_PORT/v3", "image": "http://127.0.0.1:$IMAGE_PORT/v2",
    "admin": "http://127.0.0.1:$IMAGE_ADMIN_PORT", "password": "$ADMIN_PASSWORD", "source": $SOURCE_PORT,
    "pidfile": "$work/image.pid", "log": "$work/image.log", "socket": "$work/services/mariadb.sock",
    "command": ["$BIN/image", "--config", "$work/image/image.conf"],
    "stores": {"file": "$work/image/data", "more": "$work/image/more"}
}
EOF2
python3 "$here/image-kills.py" "$work/place" "${1:-15}" "${2:-$RANDOM}"
