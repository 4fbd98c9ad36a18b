# shellcheck shell=bash
# The stack's own MariaDB, RabbitMQ, memcached and iSCSI target, with data below /var/lib/apus/stack.
# docs/decisions/private-services.md says why they are not the distribution's.

DATABASES="identity compute placement image block_storage network"

# services_folder: where the services keep their data; their users must be able to pass through.
services_folder() {
    mkdir -p "$STACK/services"
    chmod 711 "$APUS_STATE" "$STACK" "$STACK/services"
}

database_up() {
    services_folder
    echo "LOG: $STACK/services/mariadb/mariadb.log"
    mariadb_start "$STACK/services/mariadb" mysql
    local name
    {
        for name in $DATABASES; do
            echo "CREATE DATABASE IF NOT EXISTS $name CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;"
            echo "CREATE USER IF NOT EXISTS '$name'@'localhost';"
            echo "ALTER USER '$name'@'localhost' IDENTIFIED BY $(sql_string "$DATABASE_PASSWORD");"
            echo "GRANT ALL ON $name.* TO '$name'@'localhost';"
        done
    } | mariadb_sql "$STACK/services/mariadb"
}

sql_string() {
    local text=${1//\\/\\\\}
    echo "'${text//\'/\'\'}'"
}

broker_up() {
    local dir=$STACK/services/rabbitmq known
    services_folder
    echo "LOG: $dir/rabbitmq.log"
    if ! process_alive "$dir/rabbitmq.pid"; then
        rabbitmq_configure "$dir" "$HOST_IP" "$RABBIT_PORT" $((RABBIT_PORT + 20000)) $((RABBIT_PORT + 20001)) rabbitmq
        chmod 600 "$dir/rabbitmq/rabbitmq.conf"
        # Read when the broker's database is made, and not the one that counts: a comment could begin in that.
        printf 'default_user = apus\ndefault_pass = %s\n' "$(od -An -N15 -tx1 /dev/urandom | tr -d ' \n')" \
            >> "$dir/rabbitmq/rabbitmq.conf"
    fi
    rabbitmq_start "$dir"
    known=$(cat "$dir/password.sum" 2> /dev/null || true)
    if [ "$known" != "$(printf %s "$RABBIT_PASSWORD" | sha256sum)" ]; then
        printf %s "$RABBIT_PASSWORD" | rabbitmq_ctl "$dir" change_password apus
    fi
    (
        umask 077
        printf %s "$RABBIT_PASSWORD" | sha256sum > "$dir/password.sum"
    )
}

cache_up() {
    services_folder
    memcached_start "$STACK/services/memcached" "$MEMCACHED_PORT" memcache
}

stack_tgtadm() { tgtadm -C "$TGT_CONTROL_PORT" --lld iscsi "$@"; }

iscsi_answers() { stack_tgtadm --mode system --op show; }

# iscsi_up: a target daemon with its own control port, so that another tgtd of this machine is left alone.
iscsi_up() {
    mkdir -p /run/tgtd
    echo "LOG: $APUS_LOGS/tgtd.log"
    process_start tgtd "$APUS_RUN/tgtd.pid" "$APUS_LOGS/tgtd.log" \
        /usr/sbin/tgtd -f -C "$TGT_CONTROL_PORT" --iscsi "portal=$HOST_IP:$ISCSI_PORT"
    wait_until 15 iscsi_answers || fail "tgtd does not answer"
}

services_down() {
    local dir=$STACK/services
    # tgtd goes by its own command only; a signal leaves it serving.
    if process_alive "$APUS_RUN/tgtd.pid"; then stack_tgtadm --op delete --mode system || true; fi
    process_stop "$APUS_RUN/tgtd.pid" 3
    memcached_stop "$dir/memcached"
    rabbitmq_stop "$dir/rabbitmq"
    rabbitmq_stop_epmd "$dir/rabbitmq"
    mariadb_stop "$dir/mariadb"
}
