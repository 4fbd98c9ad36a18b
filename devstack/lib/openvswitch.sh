# shellcheck shell=bash
# Open vSwitch and OVN on this machine: switch, databases, northd, controller, external bridge.
#
# Both are the system's own: libvirt plugs guests into the one Open vSwitch there is. What was not
# running before is stopped by unstack.sh; what was is left running, without what we added.

OVS_CTL=/usr/share/openvswitch/scripts/ovs-ctl
OVN_CTL=/usr/share/ovn/scripts/ovn-ctl

ovs() { ovs-vsctl --timeout=15 "$@"; }

# datapath_type: "system" with the kernel's module, else "netdev", in user space.
datapath_type() {
    if [ -d /sys/module/openvswitch ] || modprobe -q openvswitch 2> /dev/null; then
        if [ -d /sys/module/openvswitch ] && [ -d /sys/module/geneve ] || modprobe -q geneve 2> /dev/null; then
            echo system
            return
        fi
    fi
    echo netdev
}

# openvswitch_answers: both halves of it: the database, and the switch that carries out what it says.
openvswitch_answers() { ovs show > /dev/null 2>&1 && ovs-appctl --timeout=5 -t ovs-vswitchd version > /dev/null 2>&1; }

openvswitch_start() {
    if ! openvswitch_answers; then
        if [ "$APUS_SUPERVISOR" = systemd ]; then
            systemctl start openvswitch-switch
        else
            mkdir -p /run/openvswitch /var/log/openvswitch
            # With its monitor, as on a real host: a switch that crashes is started again, and guests keep their link.
            "$OVS_CTL" --system-id="$HOST_NAME" start
        fi
        remember openvswitch-started
    fi
    wait_until 20 openvswitch_answers || fail "Open vSwitch does not answer: see /var/log/openvswitch"
}

# ovn_central_answers: all three of it: both databases, and northd, which carries one into the other.
ovn_central_answers() {
    ovn-nbctl --timeout=5 --no-leader-only show > /dev/null 2>&1 &&
        ovn-sbctl --timeout=5 --no-leader-only show > /dev/null 2>&1 &&
        ovn-appctl --timeout=5 -t ovn-northd version > /dev/null 2>&1
}

ovn_start() {
    mkdir -p /run/ovn /var/log/ovn /var/lib/ovn
    if ! ovn_central_answers; then
        if [ "$APUS_SUPERVISOR" = systemd ]; then
            systemctl start ovn-central
        else
            "$OVN_CTL" --ovn-manage-ovsdb=yes start_northd
        fi
        remember ovn-central-started
    fi
    wait_until 30 ovn_central_answers || fail "OVN's databases or northd do not answer: see /var/log/ovn"
    ovn_settings
    if ! ovn_controller_runs; then
        if [ "$APUS_SUPERVISOR" = systemd ]; then
            systemctl start ovn-host
        else
            "$OVN_CTL" start_controller
        fi
        remember ovn-host-started
    fi
    wait_until 30 ovs br-exists br-int || fail "ovn-controller does not make br-int: see /var/log/ovn/ovn-controller.log"
}

ovn_controller_runs() {
    local pid
    pid=$(cat /run/ovn/ovn-controller.pid 2> /dev/null) && [ -n "$pid" ] && [ -d "/proc/$pid" ]
}

ovn_settings() {
    local type
    type=$(datapath_type)
    # An ovn-controller of somebody else keeps what it was told.
    if ovs get open . external-ids:ovn-remote > /dev/null 2>&1 && ! is_ours ovn-settings; then
        note "OVN was set up before us and is used as it is"
        return
    fi
    remember ovn-settings "$type"
    ovs set open . external-ids:ovn-remote=unix:/run/ovn/ovnsb_db.sock \
        external-ids:ovn-encap-type=geneve "external-ids:ovn-encap-ip=$(encapsulation_address)" \
        "external-ids:ovn-bridge-datapath-type=$type" \
        "external-ids:ovn-bridge-mappings=public:$PUBLIC_BRIDGE" \
        external-ids:ovn-cms-options=enable-chassis-as-gw \
        "external-ids:hostname=$HOST_NAME"
    ovs get open . external-ids:system-id > /dev/null 2>&1 || ovs set open . "external-ids:system-id=$HOST_NAME"
    note "datapath $type"
}

# encapsulation_address: where this machine's tunnels end: with the added hosts, when there are any.
encapsulation_address() { recalled hosts-bridge || echo "$HOST_IP"; }

# own_checksums LINK: in user space checksums are not filled in behind our back: a link's packets must carry theirs.
own_checksums() {
    if [ "$(datapath_type)" = netdev ] && command -v ethtool > /dev/null; then
        ethtool -K "$1" tx off > /dev/null 2>&1 || true
    fi
}

# external_bridge: the provider network's bridge; the host's own end of it is the gateway's address.
external_bridge() {
    local prefix=${FLOATING_RANGE#*/}
    if ! ovs br-exists "$PUBLIC_BRIDGE"; then
        ovs add-br "$PUBLIC_BRIDGE" -- set bridge "$PUBLIC_BRIDGE" "datapath_type=$(datapath_type)" protocols=OpenFlow13,OpenFlow15
        remember external-bridge "$PUBLIC_BRIDGE"
    fi
    ip link set "$PUBLIC_BRIDGE" up
    if [[ $(ip -4 -o addr show dev "$PUBLIC_BRIDGE") != *" $PUBLIC_NETWORK_GATEWAY/$prefix "* ]]; then
        ip addr add "$PUBLIC_NETWORK_GATEWAY/$prefix" dev "$PUBLIC_BRIDGE"
    fi
    own_checksums "$PUBLIC_BRIDGE"
}

openvswitch_up() {
    openvswitch_start
    ovn_start
    external_bridge
}

openvswitch_down() {
    local bridge key
    # Only the switch itself takes its interfaces away: one that has died is started once more for that.
    if is_ours openvswitch-started && command -v ovs-vsctl > /dev/null && ! openvswitch_answers; then openvswitch_start; fi
    if command -v ovs-vsctl > /dev/null && ovs show > /dev/null 2>&1; then
        bridge=$(recalled external-bridge)
        if is_ours ovn-host-started && [ "$APUS_SUPERVISOR" = plain ]; then "$OVN_CTL" stop_controller || true; fi
        if is_ours ovn-host-started && [ "$APUS_SUPERVISOR" = systemd ]; then systemctl stop ovn-host || true; fi
        if [ -n "$bridge" ]; then ovs --if-exists del-br "$bridge"; fi
        if is_ours ovn-settings; then
            if is_ours ovn-host-started; then ovs --if-exists del-br br-int; fi
            for key in ovn-remote ovn-encap-type ovn-encap-ip ovn-bridge-datapath-type ovn-bridge-mappings \
                ovn-cms-options; do
                ovs remove open . external-ids "$key" || true
            done
        fi
    fi
    forget external-bridge
    forget ovn-settings
    forget ovn-host-started
    if is_ours ovn-central-started; then
        if [ "$APUS_SUPERVISOR" = systemd ]; then systemctl stop ovn-central; else "$OVN_CTL" stop_northd; fi
        forget ovn-central-started
    fi
    if is_ours openvswitch-started; then
        if [ "$APUS_SUPERVISOR" = systemd ]; then systemctl stop openvswitch-switch; else "$OVS_CTL" stop; fi
        forget openvswitch-started
    fi
}
