#!/usr/bin/env bash
# restart.sh VICTIM: starts one process of the cloud again, as stack.sh would, and waits until it answers.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=devstack/lib/settings.sh
. "$top/devstack/lib/settings.sh"
for part in mariadb rabbitmq memcached services openvswitch libvirt daemons; do
    # shellcheck source=/dev/null
    . "$top/devstack/lib/$part.sh"
done
load_settings
case $1 in
    mariadb) mariadb_start "$STACK/services/mariadb" mysql ;;
    rabbitmq) rabbitmq_start "$STACK/services/rabbitmq" ;;
    memcached) cache_up ;;
    tgtd) iscsi_up ;;
    libvirtd) libvirt_up ;;
    ovsdb-server) openvswitch_start ;;
    ovn-northd | ovn-nb | ovn-sb) ovn_start ;;
    *)
        daemon_start "$1"
        wait_until 60 daemon_is_ready "$1" || fail "$1 is not ready after 60 s"
        ;;
esac
