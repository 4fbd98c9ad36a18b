#!/usr/bin/env bash
# Runs inside an added host (hosts.sh): makes its view of the file system, starts what a hypervisor host runs, stops it.
#
#   host-inside.sh init NAME DIR FOLDER...   its first process: binds the folders, then waits and collects children
#   host-inside.sh up|down NAME
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# first_process NAME DIR FOLDER...: folders below DIR take the places of this machine's.
first_process() {
    local name=$1 dir=$2 folder
    shift 2
    hostname "$name"
    ip link set lo up
    # A /sys of its own shows its own interfaces; libvirt needs the machine's control groups in it.
    local groups=$dir/run/cgroup
    if [ -d /sys/fs/cgroup ]; then
        mkdir -p "$groups"
        mount --rbind /sys/fs/cgroup "$groups"
    fi
    mount -t sysfs sysfs /sys
    if [ -d "$groups" ]; then
        mount --rbind "$groups" /sys/fs/cgroup
        umount --lazy "$groups"
        rmdir "$groups"
    fi
    for folder in "$@"; do mount --bind "$dir$folder" "$folder"; done
    # This machine's OVN databases and process notes stay in sight below the host's own /run.
    mount --bind /run/ovn "$dir/run/ovn-central"
    mount --bind /run/apus "$dir/run/apus"
    mount --rbind "$dir/run" /run
    mkdir -p /run/openvswitch /run/ovn /run/libvirt
    touch /run/apus-host
    # A signal ends the wait, not the loop.
    trap : CHLD
    while :; do
        sleep 3600 &
        wait "$!" || true
    done
}

if [ "${1:-}" = init ]; then
    shift
    first_process "$@"
fi

# shellcheck source=devstack/lib/settings.sh
. "$here/settings.sh"
for part in openvswitch libvirt daemons; do
    # shellcheck source=/dev/null
    . "$here/$part.sh"
done
action=$1
name=$2
CENTRAL=$STACK
# What is noted about this host is noted in its own folder; its processes are its own children, systemd or not.
DIR=$CENTRAL/hosts/$name
APUS_RUN=/run/apus-host.d
load_settings
number=$(cat "$DIR/number")
address=${HOSTS_PREFIX:-192.168.250}.$number
APUS_SUPERVISOR=plain
APUS_LOGS=/var/log/apus/hosts/$name
STACK=$DIR
HOST_NAME=$name
agent_config=/etc/apus/hosts/$name

# underlay_up: the cable to the other hosts is a port of a bridge, and the host's address sits on that bridge:
# a tunnel in user space leaves in no other way.
underlay_up() {
    local type
    type=$(datapath_type)
    if ! ovs br-exists br-phy; then ovs add-br br-phy -- set bridge br-phy "datapath_type=$type"; fi
    ovs --may-exist add-port br-phy eth0
    if ! ovs br-exists "$PUBLIC_BRIDGE"; then
        ovs add-br "$PUBLIC_BRIDGE" -- set bridge "$PUBLIC_BRIDGE" "datapath_type=$type" protocols=OpenFlow13,OpenFlow15
    fi
    ovs --may-exist add-port "$PUBLIC_BRIDGE" eth1
    local link
    for link in eth0 eth1 br-phy "$PUBLIC_BRIDGE"; do
        own_checksums "$link"
        ip link set "$link" up
    done
    [[ $(ip -4 -o addr show dev br-phy) == *" $address/24 "* ]] || ip addr add "$address/24" dev br-phy
    ip route replace default via "${address%.*}.1"
}

# controller_up: bound to this machine's southbound database. It is no gateway: the first host is.
controller_up() {
    ovs set open . external-ids:ovn-remote=unix:/run/ovn-central/ovnsb_db.sock external-ids:ovn-encap-type=geneve \
        "external-ids:ovn-encap-ip=$address" "external-ids:ovn-bridge-datapath-type=$(datapath_type)" \
        "external-ids:ovn-bridge-mappings=public:$PUBLIC_BRIDGE" "external-ids:hostname=$name" \
        "external-ids:system-id=$name"
    if ! ovn_controller_runs; then "$OVN_CTL" start_controller; fi
    wait_until 30 ovs br-exists br-int || fail "ovn-controller of $name does not make br-int"
}

agent_is_ready() { curl -sf -m 5 -o /dev/null "http://127.0.0.1:$(admin_port compute-agent)/readyz"; }

agent_up() {
    local stamp
    stamp=$({ stat -Lc '%s %Y' "$STACK_BIN/compute-agent"; cat "$agent_config"/compute-agent.conf \
        "$agent_config"/compute-agent.conf.d/*.conf 2> /dev/null || true; } | sha256sum)
    if process_alive "$APUS_RUN/compute-agent.pid" && [ "$(cat "$APUS_RUN/compute-agent.stamp")" != "$stamp" ]; then
        process_stop "$APUS_RUN/compute-agent.pid" 30
    fi
    mkdir -p "$APUS_RUN"
    echo "$stamp" > "$APUS_RUN/compute-agent.stamp"
    echo "LOG: $APUS_LOGS/compute-agent.log"
    process_start compute-agent "$APUS_RUN/compute-agent.pid" "$APUS_LOGS/compute-agent.log" \
        "$STACK_BIN/compute-agent" --config "$agent_config/compute-agent.conf"
    wait_until 60 agent_is_ready || fail "the compute agent of $name is not ready"
}

case $action in
    up)
        openvswitch_start
        underlay_up
        controller_up
        libvirt_up
        agent_up
        ;;
    down)
        STOPPED_GUESTS=$CENTRAL/stopped-guests
        process_stop "$APUS_RUN/compute-agent.pid" 30
        remove_domains
        "$OVN_CTL" stop_controller || true
        libvirt_down
        "$OVS_CTL" stop || true
        ;;
esac
