# shellcheck shell=bash
# More hypervisor hosts on this machine: each in mount, network, process, IPC and host name namespaces of its own.
#
# A host is one process, which holds its namespaces: with it everything inside ends, as when a machine loses power.
# The hosts meet on one more bridge, which carries geneve between them and their way to this machine's services.

HOSTS=$STACK/hosts
HOSTS_BRIDGE=br-hosts
# Its first address is this machine's own; the host with number N has the Nth.
HOSTS_PREFIX=${HOSTS_PREFIX:-192.168.250}
# Folders that every host has for itself; what is in them here is not seen there.
HOST_FOLDERS=(/etc/libvirt /etc/openvswitch /var/lib/libvirt /var/lib/openvswitch /var/cache/libvirt /var/log/libvirt
    /var/log/openvswitch /var/log/ovn)

host_dir() { echo "$HOSTS/$1"; }
host_name_is_fit() { [[ $1 =~ ^[a-z][a-z0-9-]{0,31}$ ]]; }
host_number() { cat "$HOSTS/$1/number"; }
host_address() { echo "$HOSTS_PREFIX.$(host_number "$1")"; }
host_pidfile() { echo "$APUS_RUN/host-$1.pid"; }
host_runs() { process_alive "$(host_pidfile "$1")"; }

added_hosts() {
    local dir
    for dir in "$HOSTS"/*/; do [ ! -s "$dir/number" ] || basename "$dir"; done
}

# host_init NAME: the first process inside. Its parent is the one that we recorded.
host_init() {
    local pid
    read -r pid _ < "$(host_pidfile "$1")" || return 1
    pid=$(cat "/proc/$pid/task/$pid/children" 2> /dev/null)
    [ -n "${pid// /}" ] && echo "${pid%% *}"
}

# in_host NAME COMMAND...: runs it there.
in_host() {
    local init
    init=$(host_init "$1") || return 1
    shift
    nsenter -t "$init" -m -u -i -n -p -- "$@"
}

host_is_entered() { in_host "$1" test -e /run/apus-host; }

host_up() {
    local name=$1 dir started=
    dir=$(host_dir "$name")
    host_numbered "$name"
    hosts_network_up
    host_agent_configuration "$name"
    if ! host_runs "$name"; then
        host_folders "$name"
        echo "LOG: $APUS_LOGS/hosts/$name/host.log"
        mkdir -p "$APUS_LOGS/hosts/$name"
        # The shell inside ignores what asks it to stop politely, so what holds it is killed, and it with that.
        process_start "host-$name" "$(host_pidfile "$name")" "$APUS_LOGS/hosts/$name/host.log" \
            unshare --mount --uts --ipc --net --pid --fork --kill-child --mount-proc \
            "$DEVSTACK/lib/host-inside.sh" init "$name" "$dir" "${HOST_FOLDERS[@]}"
        wait_until 20 host_is_entered "$name" || fail "the namespaces of $name are not made"
        started=1
    fi
    host_cables "$name"
    in_host "$name" env "PATH=$PATH" "$DEVSTACK/lib/host-inside.sh" up "$name"
    wait_until 60 host_is_known "$name" || fail "OVN does not know $name: see $dir/var/log/ovn/ovn-controller.log"
    if [ -n "$started" ]; then note "started, $(host_address "$name")"; else note "runs"; fi
}

host_is_known() { [ -n "$(ovn-sbctl --timeout=5 --no-leader-only --bare --columns=_uuid find Chassis "name=$1")" ]; }

# host_numbered NAME: gives it the first number that is free.
host_numbered() {
    local number=2 dir taken
    dir=$(host_dir "$1")
    [ ! -s "$dir/number" ] || return 0
    mkdir -p "$dir"
    taken=" $({ cat "$HOSTS"/*/number 2> /dev/null || true; } | tr '\n' ' ') "
    while [[ $taken == *" $number "* ]]; do number=$((number + 1)); done
    [ "$number" -lt 255 ] || fail "there are too many hosts"
    echo "$number" > "$dir/number"
    cat /proc/sys/kernel/random/uuid > "$dir/uuid"
}

# host_folders NAME: its own folders, with this machine's settings of libvirt, which has an identity of its own there.
host_folders() {
    local dir folder
    dir=$(host_dir "$1")
    # What the last start left in /run says nothing about this one.
    rm -rf "$dir/run"
    mkdir -p "$dir/run/ovn-central" "$dir/run/apus" "$dir/run/lock" "$APUS_STATE/hosts/$1"
    for folder in "${HOST_FOLDERS[@]}"; do mkdir -p "$dir$folder"; done
    cp /etc/libvirt/*.conf "$dir/etc/libvirt/"
    echo "host_uuid = \"$(cat "$dir/uuid")\"" >> "$dir/etc/libvirt/libvirtd.conf"
}

# hosts_network_up: the bridge on which the hosts meet. This machine's own tunnels end there, too, from then on.
hosts_network_up() {
    if ! ovs br-exists "$HOSTS_BRIDGE"; then
        ovs add-br "$HOSTS_BRIDGE" -- set bridge "$HOSTS_BRIDGE" "datapath_type=$(datapath_type)"
    fi
    remember hosts-bridge "$HOSTS_PREFIX.1"
    ip link set "$HOSTS_BRIDGE" up
    if [[ $(ip -4 -o addr show dev "$HOSTS_BRIDGE") != *" $HOSTS_PREFIX.1/24 "* ]]; then
        ip addr add "$HOSTS_PREFIX.1/24" dev "$HOSTS_BRIDGE"
    fi
    own_checksums "$HOSTS_BRIDGE"
    if is_ours ovn-settings; then ovs set open . "external-ids:ovn-encap-ip=$(encapsulation_address)"; fi
}

# host_remove NAME: stops it, and makes the cloud forget it: its service, its resources, its queues.
host_remove() {
    local name=$1 service queue
    host_has_no_servers "$name" || fail "there are servers on $name: delete them first"
    host_down "$name"
    service=$(as_operator compute service list --host "$name" -f value -c ID)
    if [ -n "$service" ]; then as_operator compute service delete "$service"; fi
    for queue in "compute.$name" "compute.$name.calls"; do
        rabbitmq_ctl "$STACK/services/rabbitmq" -q delete_queue "$queue" || true
    done
    rm -rf "$(host_dir "$name")" "$APUS_CONFIG/hosts/$name" "$APUS_STATE/hosts/$name" "$APUS_LOGS/hosts/$name"
    [ -z "$(added_hosts)" ] || return 0
    hosts_network_down
    if is_ours ovn-settings; then ovs set open . "external-ids:ovn-encap-ip=$(encapsulation_address)"; fi
}

as_operator() {
    OS_CLIENT_CONFIG_FILE=$STACK/clouds.yaml "$STACK_BIN/openstack" --os-cloud devstack-admin \
        --os-compute-api-version 2.53 "$@"
}

host_has_no_servers() { [ -z "$(as_operator server list --all-projects --host "$1" -f value -c ID)" ]; }

hosts_network_down() {
    if is_ours hosts-bridge; then ovs --if-exists del-br "$HOSTS_BRIDGE" || true; fi
    forget hosts-bridge
}

# host_cables NAME: one to the bridge of hosts, one to the provider network.
host_cables() {
    local number init
    number=$(host_number "$1")
    init=$(host_init "$1")
    host_cable "apus-h$number" eth0 "$init" "$HOSTS_BRIDGE"
    host_cable "apus-p$number" eth1 "$init" "$PUBLIC_BRIDGE"
}

# host_cable OUTER INNER PID BRIDGE
host_cable() {
    if ! ip link show "$1" > /dev/null 2>&1; then ip link add "$1" type veth peer name "$2" netns "$3"; fi
    own_checksums "$1"
    ip link set "$1" up
    ovs --may-exist add-port "$4" "$1"
}

# host_agent_configuration NAME: this machine's agent's settings, with its own name, folders and address.
host_agent_configuration() {
    local name=$1 folder=$APUS_CONFIG/hosts/$1
    mkdir -p "$folder"
    chmod 700 "$APUS_CONFIG" "$APUS_CONFIG/hosts" "$folder"
    (
        VIRT_TYPE=$(recalled virt-type)
        HOST_NAME=$name
        umask 077
        {
            echo "# Written by devstack/add-host.sh. Own settings: $folder/compute-agent.conf.d/*.conf"
            compute_agent_conf | sed "s|^state_path = .*|state_path = $APUS_STATE/hosts/$name|
                s|^host_ip = .*|host_ip = $(host_address "$name")|"
            section stories
            setting path "$APUS_STATE/hosts/$name/stories"
        } | known_sections compute-agent > "$folder/compute-agent.conf.new"
        mv "$folder/compute-agent.conf.new" "$folder/compute-agent.conf"
    )
}

# host_down NAME: its agent first, which would report that guests are gone; then guests, then what they stand on.
host_down() {
    local name=$1 number
    if host_runs "$name" && host_is_entered "$name"; then
        in_host "$name" env "PATH=$PATH" "$DEVSTACK/lib/host-inside.sh" down "$name" || echo "$name does not stop in order"
    fi
    host_power_off "$name"
    # What ovn-controller did not take back itself.
    ovn-sbctl --timeout=5 --no-leader-only --if-exists chassis-del "$name" 2> /dev/null || true
    number=$(host_number "$name")
    if ovs show > /dev/null 2>&1; then
        ovs --if-exists del-port "apus-h$number" || true
        ovs --if-exists del-port "apus-p$number" || true
    fi
}

# host_power_off NAME: what runs inside ends with the process that holds it; the kernel takes namespaces and cables.
host_power_off() {
    local number
    number=$(host_number "$1")
    process_stop "$(host_pidfile "$1")" 5 KILL
    ip link delete "apus-h$number" 2> /dev/null || true
    ip link delete "apus-p$number" 2> /dev/null || true
}

hosts_up() {
    local name count=0
    for name in $(added_hosts); do
        echo "host $name"
        host_up "$name"
        count=$((count + 1))
    done
    note "$count run"
}

hosts_down() {
    local name
    for name in $(added_hosts); do
        echo "host $name"
        host_down "$name"
    done
    hosts_network_down
}
