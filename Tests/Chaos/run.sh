#!/usr/bin/env bash
# Kills processes of the cloud on this machine while it works, starts them again, and looks whether every
# operation ends and `apus doctor` finds nothing. Needs root and a cloud that stack.sh brought up.
#
#   run.sh --kills 40 --seed 1           random processes at random moments
#   run.sh --every-step [--only PATTERN] each process at each step of the workflows
#   run.sh --scenario NAME               broker-partition, database-read-only, full-image-cache, all
#
# docs/howto/break-a-cloud.md says more. The last line has the counts.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=/opt/apus-stack/client/bin/python
[ "$(id -u)" = 0 ] || {
    echo "chaos needs root: it kills daemons"
    exit 1
}
if [ ! -x "$python" ] || [ ! -e /var/lib/apus/stack/clouds.yaml ]; then
    echo "chaos needs a cloud: run devstack/stack.sh first"
    exit 1
fi
cd "$here"
exec env PYTHONDONTWRITEBYTECODE=1 "$python" -m chaos "$@"
