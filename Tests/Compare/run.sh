#!/usr/bin/env bash
# Compares Apus with Debian's Keystone and Glance: the same requests go to both, and each difference that
# accepted.txt does not explain is a failure. Its last line has the counts.
#
#   run.sh [--keep] [identity | tokens | image | service | client]...
#
# Without a name all but client; --keep leaves what runs running, and says where. identity and image: as above.
# tokens: Keystone's tokens here and ours there, with one folder of keys. service: Debian's Glance works at our
# identity, driven by Debian's openstack client. client: that client's identity commands, compared (minutes).
#
# Nothing is installed and nothing of the machine's is used: own database, own broker, own ports, in a folder
# (COMPARE_WORK, default a new one). The programs are taken from APUS_SCRATCH_PATH (.build when unset). Where Debian's
# packages cannot be had nothing is compared, which is a failure with COMPARE_REQUIRED=1.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
APUS_SUPERVISOR=plain
for part in process mariadb; do
    # shellcheck source=/dev/null
    . "$top/devstack/lib/$part.sh"
done
for part in keystone glance ours service; do
    # shellcheck source=/dev/null
    . "$here/$part.sh"
done
# shellcheck source=Tests/EndToEnd/checks.sh
. "$top/Tests/EndToEnd/checks.sh"

keep=
if [ "${1:-}" = --keep ]; then
    keep=1
    shift
fi
parts=("$@")
[ $# -gt 0 ] || parts=(identity tokens image service)
BIN=${APUS_SCRATCH_PATH:-$top/.build}/debug
work=${COMPARE_WORK:-$(mktemp -d /tmp/compare.XXXXXX)}
STOCK=${STOCK_ROOT:-$work/stock}
ADMIN_PASSWORD=admin-secret
SERVICE_PASSWORD=service-secret
passed=0
failed=0

stock() { "$here/stock.sh" run "$STOCK" "$@"; }

# stock_file PATH: a file of Debian's packages.
stock_file() { if [ -e "$STOCK/$1" ]; then echo "$STOCK/$1"; else echo "/$1"; fi; }

stock_connection() { echo "mysql+pymysql://root@localhost/$1?unix_socket=$work/services/mariadb.sock"; }

fresh_database() {
    mariadb_sql "$work/services" -e "DROP DATABASE IF EXISTS $1; CREATE DATABASE $1 CHARACTER SET utf8mb4
        COLLATE utf8mb4_$([ "$1" = keystone ] || [ "$1" = glance ] && echo general_ci || echo bin)"
}

finish() {
    local status=$?
    [ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || tail -n 20 "$work"/*.log || true
    if [ -n "$keep" ]; then
        echo "kept: $work; stop it by: COMPARE_WORK=$work $0 stop"
        return
    fi
    down
    [ -n "${COMPARE_WORK:-}" ] || rm -rf "$work"
    rm -f "$CHECK_LOG"
}

down() {
    local name
    for name in glance image keystone identity; do process_stop "$work/$name.pid" || true; done
    [ ! -d "$work/services" ] || "$top/Tests/Support/services.sh" stop "$work/services"
}

up() {
    mkdir -p "$work"
    "$here/stock.sh" packages "$STOCK" > "$work/packages.log" 2>&1 || {
        tail -n 5 "$work/packages.log"
        [ -z "${COMPARE_REQUIRED:-}" ] || failed=1
        echo "compare: NOT RUN: Debian's Keystone and Glance cannot be had here: 0 passed, $failed failed"
        exit "$failed"
    }
    "$top/Tests/Support/services.sh" start "$work/services"
    AMQP_URL=$("$top/Tests/Support/services.sh" env "$work/services" | sed -n 's/^export APUS_TEST_RABBITMQ_URL=//p')
}

# compared COMMAND...: adds up the counts of its last line.
compared() {
    local line status=0
    "$@" 2>&1 | tee "$work/compare" || status=$?
    line=$(tail -n 1 "$work/compare")
    passed=$((passed + $(sed -n 's/.* \([0-9]*\) passed, .*/\1/p' <<< "$line" | grep . || echo 0)))
    failed=$((failed + $(sed -n 's/.* \([0-9]*\) failed.*/\1/p' <<< "$line" | grep . || echo "$status")))
}

# compare SERVICE OPTION...: the requests of one folder.
compare() { compared python3 "$here/compare.py" "$here/$1" --password "$ADMIN_PASSWORD" "${@:2}"; }

identity_part() {
    keystone_up > "$work/up.log" 2>&1
    identity_up >> "$work/up.log" 2>&1
    compare identity --stock "identity=http://127.0.0.1:$KEYSTONE_PORT" --ours "identity=http://127.0.0.1:$IDENTITY_PORT"
    [ -n "$keep" ] || keystone_down
}

# The client runs within one Python, which is quick: a process for each command would not be.
client_part() {
    keystone_up > "$work/up.log" 2>&1
    identity_up >> "$work/up.log" 2>&1
    compared stock "$here/client.py" "$here/client/identity.commands" "http://127.0.0.1:$KEYSTONE_PORT" \
        "http://127.0.0.1:$IDENTITY_PORT" "$ADMIN_PASSWORD"
    [ -n "$keep" ] || keystone_down
}

sql() { mariadb_sql "$work/services" -N -e "$1"; }

# same_ids: our administrator and project get the ids that Keystone gave its own, since tokens name ids.
same_ids() {
    local table id other
    echo "SET FOREIGN_KEY_CHECKS = 0; USE identity;"
    for table in user project; do
        case $table in
            user) id=$(sql "SELECT user_id FROM keystone.local_user WHERE name = 'admin'") ;;
            project) id=$(sql "SELECT id FROM keystone.project WHERE name = 'admin'") ;;
        esac
        other=$(sql "SELECT id FROM identity.${table}s WHERE name = 'admin'")
        echo "UPDATE ${table}s SET id = '$id' WHERE id = '$other';"
        echo "UPDATE role_assignments SET actor_id = '$id' WHERE actor_id = '$other';"
        echo "UPDATE role_assignments SET target_id = '$id' WHERE target_id = '$other';"
        [ "$table" != user ] || echo "UPDATE passwords SET user_id = '$id' WHERE user_id = '$other';"
    done
}

# Both run on the keys that Keystone made.
tokens_part() {
    keystone_up > "$work/up.log" 2>&1
    identity_up keystone/fernet-keys >> "$work/up.log" 2>&1
    same_ids | mariadb_sql "$work/services"
    echo "tokens"
    compared python3 "$here/tokens.py" "http://127.0.0.1:$KEYSTONE_PORT" "http://127.0.0.1:$IDENTITY_PORT" \
        "$ADMIN_PASSWORD"
    [ -n "$keep" ] || keystone_down
}

# stock_image_up: Debian's Glance at a new identity of ours, whose catalogue knows both.
stock_image_up() {
    identity_up
    glance_up
    python3 "$here/catalogue.py" "http://127.0.0.1:$IDENTITY_PORT" "$ADMIN_PASSWORD" \
        "identity=http://127.0.0.1:$IDENTITY_PORT" "image=http://127.0.0.1:$GLANCE_PORT"
}

image_part() {
    local identity
    stock_image_up > "$work/up.log" 2>&1
    image_up >> "$work/up.log" 2>&1
    identity=http://127.0.0.1:$IDENTITY_PORT
    compare image --stock "identity=$identity image=http://127.0.0.1:$GLANCE_PORT" \
        --ours "identity=$identity image=http://127.0.0.1:$IMAGE_PORT" --shared identity
}

service_part() {
    if ! process_alive "$work/glance.pid" || ! process_alive "$work/identity.pid"; then
        stock_image_up > "$work/up.log" 2>&1
    fi
    echo "service"
    check "the catalogue leads to Debian's Glance" listed_endpoint || true
    check "upload to Glance with a token of our identity" upload || true
    check "the image is listed" listed || true
    check "download gives the same bytes" download || true
    check "deleted" gone || true
    check "a token that was revoked opens nothing" revoked || true
    passed=$((passed + PASSED))
    failed=$((failed + FAILED))
}

trap finish EXIT
for part in "${parts[@]}"; do
    case $part in
        identity | client | tokens | image | service) ;;
        stop)
            trap - EXIT
            down
            exit 0
            ;;
        *)
            sed -n '2,13p' "${BASH_SOURCE[0]}" >&2
            exit 2
            ;;
    esac
done
up
for part in "${parts[@]}"; do "${part}_part"; done
echo "compare: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
