#!/usr/bin/env bash
# Adds a hypervisor host to the cloud that stack.sh brought up: on this machine, in namespaces of its own.
#
#   devstack/add-host.sh NAME            adds it, or repairs it; a second run changes nothing
#   devstack/add-host.sh --stop NAME     switches it off, as a power cut would; without --stop it comes back
#   devstack/add-host.sh --remove NAME   takes it out of the cloud, when no server is on it, and removes its data
#
# It has its own compute-agent, libvirt, Open vSwitch and OVN controller; docs/howto/add-host.md has the picture.
# unstack.sh stops added hosts, stack.sh brings them back, clean.sh removes them.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=devstack/lib/settings.sh
. "$here/lib/settings.sh"
for part in openvswitch libvirt daemons configuration rabbitmq hosts; do
    # shellcheck source=/dev/null
    . "$here/lib/$part.sh"
done

action=up
case ${1:-} in
    --stop | --remove)
        action=${1#--}
        shift
        ;;
esac
name=${1:-}
host_name_is_fit "$name" || fail "usage: add-host.sh [--stop|--remove] NAME     NAME: a-z, 0-9 and -, up to 32"
[ "$(id -u)" = 0 ] || fail "add-host.sh must run as root: it makes namespaces and starts libvirt (try sudo)"
load_settings
[ "$name" != "$HOST_NAME" ] || fail "$name is this machine's own host"
mkdir -p "$STACK"
exec 9> "$STACK/lock"
flock -n 9 || fail "stack.sh, unstack.sh or another add-host.sh is running"

case $action in
    stop)
        [ -d "$(host_dir "$name")" ] || fail "there is no added host named $name"
        host_power_off "$name"
        ;;
    remove)
        [ -d "$(host_dir "$name")" ] || fail "there is no added host named $name"
        step "host $name is removed" host_remove "$name"
        ;;
    up)
        process_alive "$APUS_RUN/compute-agent.pid" || fail "no cloud is up here: run devstack/stack.sh first"
        step "host $name" host_up "$name"
        echo "  openstack --os-cloud devstack-admin hypervisor list"
        echo "  openstack --os-cloud devstack-admin --os-compute-api-version 2.74 server create --host $name ..."
        ;;
esac
