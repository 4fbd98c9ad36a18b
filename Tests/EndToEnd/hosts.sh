#!/usr/bin/env bash
# A second hypervisor host on this machine: it appears, servers are made on it by name and by availability zone, they
# reach the first host's servers, and go, and so does the host. Needs a cloud that stack.sh brought up; run as root.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=Tests/EndToEnd/checks.sh
. "$here/checks.sh"
# shellcheck source=devstack/lib/settings.sh
. "$top/devstack/lib/settings.sh"
# shellcheck source=devstack/lib/hosts.sh
. "$top/devstack/lib/hosts.sh"

unset "${!OS_@}" 2> /dev/null || true
# The administrator, who alone may choose a host, in the demo project.
export OS_CLIENT_CONFIG_FILE=$STACK/clouds.yaml OS_CLOUD=devstack-admin OS_PROJECT_NAME=demo PATH=$STACK_BIN:$PATH
host=e2e-host
unique=hosts-$$
address=

value() { openstack "${@:1:$#-1}" -f value -c "${!#}"; }
compute() { openstack --os-compute-api-version 2.74 "$@"; }
status_is() { equals "$2" value server show "$1" status; }
host_is() { equals "$2" value server show "$1" OS-EXT-SRV-ATTR:host; }
guest() {
    ssh -i "$STACK/demo.key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o ConnectTimeout=5 -o BatchMode=yes "cirros@$address" "$@"
}

tidy() {
    {
        openstack server delete --wait "$unique" "$unique-zone"
        [ -z "$address" ] || openstack floating ip delete "$address"
    } > /dev/null 2>&1 || true
}
trap tidy EXIT

echo "A second hypervisor host"
must "add-host.sh $host" "$top/devstack/add-host.sh" "$host"
check "a second add-host.sh finds it running" holds runs timeout 30 "$top/devstack/add-host.sh" "$host" || true
hypervisors() { openstack hypervisor list -f json | jq -r '.[] | "\(.["Hypervisor Hostname"]) \(.State)"'; }
services() { openstack compute service list -f json | jq -r '.[] | "\(.Binary) \(.Host) \(.State)"'; }
must "it is a hypervisor" eventually 30 holds "$host up" hypervisors
must "it has a compute service" eventually 30 holds "nova-compute $host up" services
check "network has an agent there" holds "$host" openstack network agent list || true

# Keypairs belong to users, and the administrator has none.
user_data=$(mktemp)
printf '#!/bin/sh\nmkdir -p /home/cirros/.ssh\necho "%s" >> /home/cirros/.ssh/authorized_keys\n' \
    "$(cat "$STACK/demo.key.pub")" > "$user_data"
must "a server is asked for on it" compute server create --image apus-guest --flavor m1.nano \
    --network private --security-group login --user-data "$user_data" --host "$host" "$unique"
must "and one in the zone nova:$host" compute server create --image apus-guest --flavor m1.nano \
    --network private --availability-zone "nova:$host" "$unique-zone"
rm -f "$user_data"
for server in "$unique" "$unique-zone"; do
    must "$server becomes ACTIVE" eventually 180 status_is "$server" ACTIVE
    must "$server is on $host" host_is "$server" "$host"
done
guests() { in_host "$host" virsh -q list --name | grep -c instance-; }
check "libvirt of $host runs both" equals 2 guests || true

# The address is answered by the first host, the gateway; the packets cross the tunnel between both.
address=$(value floating ip create public floating_ip_address)
must "it gets a floating address" openstack server add floating ip "$unique" "$address"
must "SSH reaches it there" eventually 120 guest true
demo() { openstack server show demo -f json | jq -r '.addresses.private[0]'; }
if neighbour=$(demo 2> /dev/null) && [ "$neighbour" != null ]; then
    check "and from it the first host's server answers" guest ping -c 3 -W 3 "$neighbour" || true
fi
check "apus doctor finds no difference" apus doctor || true

check "both are deleted" openstack server delete --wait "$unique" "$unique-zone" || true
check "no guest of theirs is left" eventually 20 equals "" in_host "$host" virsh -q list --all --name || true

running() { ip -o link; cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\0' ' '; ovs-vsctl list-br; }
number=$(host_number "$host")
check "the host is taken away" "$top/devstack/add-host.sh" --remove "$host" || true
check "it is no hypervisor any more" lacks "$host" hypervisors || true
for trace in "host-inside.sh init $host" "apus-h$number" "apus-p$number"; do
    check "nothing of it is left: $trace" lacks "$trace" running || true
done
check "apus doctor misses nothing" apus doctor || true
summary "hosts"
