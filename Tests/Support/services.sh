#!/usr/bin/env bash
# Private MariaDB, RabbitMQ, memcached and, where slapd is installed, OpenLDAP for tests, beside whatever else the
# machine runs.
#
#   services.sh start DIR            starts what is not running yet
#   services.sh stop DIR             stops what was started there (by recorded process id)
#   services.sh env DIR              prints `export` lines for the tests
#   services.sh restart-broker DIR   stops and starts RabbitMQ
#   services.sh stop-broker DIR | start-broker DIR | broker DIR ARGUMENT... (rabbitmqctl)
#
# Everything lives under DIR; delete the folder after `stop` and nothing is left.
# It works as root and as an ordinary user.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lib=$here/../../devstack/lib
# shellcheck source=devstack/lib/process.sh
. "$lib/process.sh"
# shellcheck source=devstack/lib/mariadb.sh
. "$lib/mariadb.sh"
# shellcheck source=devstack/lib/rabbitmq.sh
. "$lib/rabbitmq.sh"
# shellcheck source=devstack/lib/memcached.sh
. "$lib/memcached.sh"
# shellcheck source=Tests/Support/slapd.sh
. "$here/slapd.sh"

usage() {
    sed -n '2,12p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

[ $# -ge 2 ] || usage
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
shift 2

# The ports are chosen once and kept, so that a restarted broker is found where it was.
choose_ports() {
    [ -s "$dir/ports" ] && return
    local base=$((21000 + RANDOM % 9000))
    local amqp dist epmd cache amqps ldap ldaps
    amqp=$(free_port $base)
    dist=$(free_port $((amqp + 1)))
    epmd=$(free_port $((dist + 1)))
    cache=$(free_port $((epmd + 1)))
    amqps=$(free_port $((cache + 1)))
    ldap=$(free_port $((amqps + 1)))
    ldaps=$(free_port $((ldap + 1)))
    echo "$amqp $dist $epmd $cache $amqps $ldap $ldaps" > "$dir/ports"
}

read_ports() { read -r amqp dist epmd cache amqps ldap ldaps < "$dir/ports"; }

# authority NAME: a key and an authority's own certificate in $dir/tls.
authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$1" \
        -keyout "$dir/tls/$1.key" -out "$dir/tls/$1.pem" 2> "$dir/tls/$1.log"
}

# certificate NAME ALTERNATIVE: a key and a certificate for that host, signed by `ca`.
certificate() {
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" \
        -keyout "$dir/tls/$1.key" -out "$dir/tls/$1.csr" 2> "$dir/tls/$1.log"
    openssl x509 -req -in "$dir/tls/$1.csr" -CA "$dir/tls/ca.pem" -CAkey "$dir/tls/ca.key" -CAcreateserial \
        -days 30 -extfile <(echo "subjectAltName=$2") -out "$dir/tls/$1.pem" 2>> "$dir/tls/$1.log"
}

# The broker's certificate is for `localhost` alone, so that any other name of it is refused; `stranger` signed nothing.
make_certificates() {
    [ ! -s "$dir/tls/broker.pem" ] || return 0
    mkdir -p "$dir/tls"
    authority ca
    authority stranger
    certificate broker DNS:localhost
    # OpenLDAP's library asks for the machine's own name where it is told `localhost`.
    certificate directory IP:127.0.0.1
}

configure_broker() {
    rabbitmq_configure "$dir" 127.0.0.1 "$amqp" "$dist" "$epmd"
    cat >> "$dir/rabbitmq/rabbitmq.conf" << CONF
listeners.ssl.1 = 127.0.0.1:$amqps
ssl_options.cacertfile = $dir/tls/ca.pem
ssl_options.certfile = $dir/tls/broker.pem
ssl_options.keyfile = $dir/tls/broker.key
ssl_options.verify = verify_none
CONF
}

start() {
    choose_ports
    read_ports
    if [ "${#dir}" -gt 85 ]; then
        echo "services.sh: the path is too long for a Unix socket: $dir" >&2
        exit 2
    fi
    mariadb_start "$dir"
    memcached_start "$dir" "$cache"
    make_certificates
    if slapd_is_installed; then slapd_start "$dir" "$ldap" "$ldaps"; fi
    process_alive "$dir/rabbitmq.pid" || configure_broker
    rabbitmq_start "$dir"
}

stop() {
    local failed=0
    rabbitmq_stop "$dir" || failed=1
    rabbitmq_stop_epmd "$dir" || failed=1
    slapd_stop "$dir" || failed=1
    memcached_stop "$dir" || failed=1
    mariadb_stop "$dir" || failed=1
    return "$failed"
}

print_env() {
    read_ports
    printf 'export APUS_TEST_MARIADB_SOCKET=%q\n' "$dir/mariadb.sock"
    printf 'export APUS_TEST_RABBITMQ_URL=%q\n' "amqp://guest:guest@127.0.0.1:$amqp/"
    printf 'export APUS_TEST_RABBITMQ_TLS_URL=%q\n' "amqps://guest:guest@localhost:$amqps/"
    printf 'export APUS_TEST_RABBITMQ_TLS=%q\n' "$dir/tls"
    printf 'export APUS_TEST_RABBITMQ_CTL=%q\n' "$here/services.sh restart-broker $dir"
    printf 'export APUS_TEST_MEMCACHED=%q\n' "127.0.0.1:$cache"
    slapd_is_installed || return 0
    printf 'export APUS_TEST_LDAP_URL=%q\n' "ldap://127.0.0.1:$ldap"
    printf 'export APUS_TEST_LDAPS_URL=%q\n' "ldaps://127.0.0.1:$ldaps"
    printf 'export APUS_TEST_LDAP_TLS=%q\n' "$dir/tls"
}

case $command in
    start) start ;;
    stop) stop ;;
    env) print_env ;;
    restart-broker)
        rabbitmq_stop "$dir"
        rabbitmq_start "$dir"
        ;;
    stop-broker) rabbitmq_stop "$dir" ;;
    start-broker) rabbitmq_start "$dir" ;;
    broker) rabbitmq_ctl "$dir" "$@" ;;
    *) usage ;;
esac
