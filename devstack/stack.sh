#!/usr/bin/env bash
# Brings up a whole Apus cloud on this machine, and repairs one that is half up.
#
#   devstack/stack.sh             all of it; running it again is quick and changes nothing
#   devstack/stack.sh --without-cloud   stops after the daemons: no flavors, images and networks
#
# Reads devstack/local.conf (see local.conf.sample) or the file that LOCAL_CONF names.
# unstack.sh stops everything; clean.sh removes all that was made.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=devstack/lib/settings.sh
. "$here/lib/settings.sh"
for part in packages build mariadb rabbitmq memcached services openvswitch libvirt configuration daemons \
    hosts guest_image client cloud; do
    # shellcheck source=/dev/null
    . "$here/lib/$part.sh"
done

with_cloud=1
[ "${1:-}" != --without-cloud ] || with_cloud=
[ "$(id -u)" = 0 ] || fail "stack.sh must run as root: it starts libvirt, Open vSwitch and services (try sudo)"
[ -e /etc/debian_version ] || fail "stack.sh knows Debian 12 only"
started=$SECONDS
load_settings
mkdir -p "$APUS_STATE" "$APUS_RUN" "$APUS_LOGS" "$STACK"
exec 9> "$STACK/lock"
flock -n 9 || fail "another stack.sh or unstack.sh is running"
save_passwords
[ -z "${SERVICE_TOKEN:-}" ] || echo "SERVICE_TOKEN is accepted and not used: services authenticate with SERVICE_PASSWORD"

virtualization_up() {
    local type
    type=$(virtualization "$GUEST_IMAGE")
    remember virt-type "$type"
    note "$type"
}

echo "Apus on $HOST_IP"
step "packages" packages_up
step "programs ($APUS_BUILD)" build_up
step "guest image" guest_image_up
step "virtualization" virtualization_up
VIRT_TYPE=$(recalled virt-type)
step "MariaDB" database_up
step "RabbitMQ" broker_up
step "memcached" cache_up
step "Open vSwitch and OVN" openvswitch_up
step "libvirt" libvirt_up
step "iSCSI target" iscsi_up
step "configuration" configuration_up
step "database schemas" migrate_up
step "first users and catalogue" bootstrap_up
step "daemons" daemons_up
if [ -n "$(added_hosts)" ]; then step "added hosts" hosts_up; fi
step "OpenStack client" client_up
if [ -n "$with_cloud" ]; then
    step "images from IMAGE_URLS" image_urls_up
    step "flavors, images, networks, demo server" cloud_up
fi

cat << TEXT

The cloud is up after $((SECONDS - started)) s.

  source devstack/openrc admin admin     the administrator; or: source devstack/openrc demo demo
  openstack server list                  or, without openrc: openstack --os-cloud devstack server list
  apus status                            what the daemons say; apus doctor compares them with the machine

  identity  http://$SERVICE_HOST:5000/v3     logs $APUS_LOGS     settings $APUS_CONFIG
TEXT
if [ -s "$STACK/demo-address" ] && [ -n "$with_cloud" ]; then
    echo "  ssh -i $DEMO_KEY cirros@$(cat "$STACK/demo-address")     the demo server (password: gocubsgo)"
fi
if [ -n "${GENERATED:-}" ]; then
    echo
    echo "  generated, and kept in $PASSWORD_FILE:"
    for name in $GENERATED; do echo "    $name=${!name}"; done
fi
