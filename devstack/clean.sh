#!/usr/bin/env bash
# Stops the cloud and removes all that stack.sh made: data, settings, logs, the client. Packages stay.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=devstack/lib/settings.sh
. "$here/lib/settings.sh"
# shellcheck source=devstack/lib/client.sh
. "$here/lib/client.sh"

ovn_was_ours=
if is_ours ovn-central-started; then ovn_was_ours=1; fi
"$here/unstack.sh"
# OVN's databases hold nothing but our networks when OVN was not in use before.
if [ -n "$ovn_was_ours" ]; then rm -f /var/lib/ovn/ovnnb_db.db /var/lib/ovn/ovnsb_db.db; fi
if [ -e /etc/openstack/clouds.yaml ] && grep -qF "$CLOUDS_MARK" /etc/openstack/clouds.yaml; then
    rm -f /etc/openstack/clouds.yaml
    rmdir --ignore-fail-on-non-empty /etc/openstack
fi
rm -f "$here/clouds.yaml"
rm -rf "$APUS_STATE" "$APUS_CONFIG" "$APUS_LOGS" "$APUS_RUN" /opt/apus-stack /var/cache/apus
echo "removed: $APUS_STATE $APUS_CONFIG $APUS_LOGS /opt/apus-stack"
