#!/usr/bin/env bash
# Starts or stops one daemon of this machine's cloud, as stack.sh does: daemon.sh start|stop NAME
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=devstack/lib/settings.sh
. "$here/../devstack/lib/settings.sh"
# shellcheck source=devstack/lib/daemons.sh
. "$here/../devstack/lib/daemons.sh"
load_settings
case ${1:-} in
    start)
        daemon_start "$2"
        wait_until 60 daemon_is_ready "$2"
        ;;
    stop) process_stop "$APUS_RUN/$2.pid" 30 ;;
    *)
        sed -n '2p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac
