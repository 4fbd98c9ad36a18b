#!/usr/bin/env bash
# Stops the cloud that stack.sh started: daemons, guests, services, switches. Data stays; clean.sh removes it.
#
# Only what we recorded as ours is stopped: processes by their recorded ids, bridges, namespaces and guests
# by the notes in /var/lib/apus/stack/changed and the guests' own metadata.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=devstack/lib/settings.sh
. "$here/lib/settings.sh"
for part in mariadb rabbitmq memcached services openvswitch libvirt daemons hosts; do
    # shellcheck source=/dev/null
    . "$here/lib/$part.sh"
done
[ "$(id -u)" = 0 ] || fail "unstack.sh must run as root"
load_settings
mkdir -p "$APUS_LOGS" "$APUS_RUN" "$STACK"
exec 9> "$STACK/lock"
flock -n 9 || fail "another stack.sh or unstack.sh is running"

step "daemons stop" daemons_down
if [ -n "$(added_hosts)" ]; then step "added hosts" hosts_down; fi
step "guests" remove_domains
step "metadata namespaces" metadata_namespaces_down
step "libvirt stops" libvirt_down
step "Open vSwitch and OVN stop" openvswitch_down
step "services stop" services_down
rm -rf "$APUS_RUN"
