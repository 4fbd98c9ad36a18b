# shellcheck shell=bash
# Where things are, and what local.conf says. Sourced first by every script of this folder.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DEVSTACK=$TOP/devstack
# shellcheck source=devstack/lib/process.sh
. "$DEVSTACK/lib/process.sh"
# shellcheck source=devstack/lib/output.sh
. "$DEVSTACK/lib/output.sh"

APUS_CONFIG=/etc/apus
APUS_STATE=/var/lib/apus
APUS_RUN=/run/apus
APUS_LOGS=/var/log/apus
# What stack.sh alone needs: the services' data, the client, generated passwords, notes on what it changed.
STACK=$APUS_STATE/stack
# Programs for the person at the terminal: openstack and apus.
STACK_BIN=/opt/apus-stack/bin
PASSWORD_FILE=$STACK/passwords

API_DAEMONS="identity image block-storage network compute-api"
DAEMONS="identity image block-storage network scheduler conductor compute-api compute-agent"

# localrc_section FILE: the lines of [[local|localrc]]; a file without sections is one.
localrc_section() {
    awk '
        /^\[\[local\|localrc\]\]/ { inside = 1; sectioned = 1; next }
        /^\[\[/ { inside = 0; sectioned = 1; next }
        inside { print; next }
        !sectioned { head = head $0 "\n" }
        END { if (!sectioned) printf "%s", head }
    ' "$1"
}

# read_local_conf FILE: sets the variables of its localrc section. As in DevStack, that is shell.
read_local_conf() {
    [ -r "$1" ] || return 0
    local text
    text=$(mktemp)
    localrc_section "$1" > "$text"
    # shellcheck disable=SC1090
    . "$text"
    rm -f "$text"
    if grep -qE '^\[\[(post-config|post-extra|test-config)' "$1"; then
        echo "local.conf: only [[local|localrc]] is read; settings of daemons go into $APUS_CONFIG/NAME.conf.d/*.conf"
    fi
}

default_host_ip() {
    local address
    address=$(ip -4 route show default 2> /dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
    [ -z "$address" ] || address=$(ip -4 -o addr show dev "$address" scope global | awk '{ sub("/.*", "", $4); print $4; exit }')
    [ -n "$address" ] || address=$(ip -4 -o addr show scope global | awk '{ sub("/.*", "", $4); print $4; exit }')
    echo "${address:-127.0.0.1}"
}

# password NAME: its value from local.conf or the environment, else the one generated earlier, else a new one.
password() {
    local name=$1 value=${!1:-}
    if [ -z "$value" ]; then value=$(sed -n "s/^$name=//p" "$PASSWORD_FILE" 2> /dev/null) || true; fi
    if [ -z "$value" ]; then
        value=$(od -An -N15 -tx1 /dev/urandom | tr -d ' \n')
        GENERATED="${GENERATED:-} $name"
    fi
    printf -v "$name" %s "$value"
}

save_passwords() {
    local name
    mkdir -p "$STACK"
    (
        umask 077
        for name in ADMIN_PASSWORD DATABASE_PASSWORD RABBIT_PASSWORD SERVICE_PASSWORD METADATA_SECRET CACHE_SECRET; do
            echo "$name=${!name}"
        done > "$PASSWORD_FILE.new"
    )
    mv "$PASSWORD_FILE.new" "$PASSWORD_FILE"
}

load_settings() {
    local name
    read_local_conf "${LOCAL_CONF:-$DEVSTACK/local.conf}"
    HOST_IP=${HOST_IP:-$(default_host_ip)}
    SERVICE_HOST=${SERVICE_HOST:-$HOST_IP}
    REGION_NAME=${REGION_NAME:-RegionOne}
    FIXED_RANGE=${FIXED_RANGE:-10.0.0.0/24}
    FLOATING_RANGE=${FLOATING_RANGE:-172.24.4.0/24}
    PUBLIC_NETWORK_GATEWAY=${PUBLIC_NETWORK_GATEWAY:-$(first_address "$FLOATING_RANGE")}
    PUBLIC_NETWORK_NAME=${PUBLIC_NETWORK_NAME:-public}
    PRIVATE_NETWORK_NAME=${PRIVATE_NETWORK_NAME:-private}
    PUBLIC_BRIDGE=${PUBLIC_BRIDGE:-br-ex}
    IMAGE_URLS=${IMAGE_URLS:-}
    APUS_BUILD=${APUS_BUILD:-debug}
    APUS_SCRATCH_PATH=${APUS_SCRATCH_PATH:-$TOP/.build}
    for name in ADMIN_PASSWORD DATABASE_PASSWORD RABBIT_PASSWORD SERVICE_PASSWORD METADATA_SECRET CACHE_SECRET; do
        password "$name"
    done
    # Own ports, so that a RabbitMQ, MariaDB or memcached of this machine is left alone.
    RABBIT_PORT=${RABBIT_PORT:-5682}
    MEMCACHED_PORT=${MEMCACHED_PORT:-11221}
    ISCSI_PORT=${ISCSI_PORT:-3270}
    TGT_CONTROL_PORT=${TGT_CONTROL_PORT:-27}
    HOST_NAME=$(hostname)
    if [ -d /run/systemd/system ]; then APUS_SUPERVISOR=systemd; else APUS_SUPERVISOR=plain; fi
}

# first_address CIDR: the first host address of an IPv4 range.
first_address() {
    local a b c d prefix number
    IFS=./ read -r a b c d prefix <<< "$1"
    number=$((((a << 24 | b << 16 | c << 8 | d) & (0xffffffff << (32 - prefix))) + 1))
    echo "$((number >> 24 & 255)).$((number >> 16 & 255)).$((number >> 8 & 255)).$((number & 255))"
}

# remember KIND VALUE, recalled KIND, forget KIND: notes on what we changed, so that it can be undone.
remember() {
    mkdir -p "$STACK/changed"
    echo "${2:-}" > "$STACK/changed/$1"
}
recalled() { cat "$STACK/changed/$1" 2> /dev/null; }
is_ours() { [ -e "$STACK/changed/$1" ]; }
forget() { rm -f "$STACK/changed/$1"; }
