#!/usr/bin/env bash
# Runs Tempest, OpenStack's own test suite, unmodified, against the cloud that stack.sh brought up.
#
# Where the runner is: TEMPEST_RUNNER, or ../shared/tempest/run_tempest.sh beside this clone. Without
# one nothing is run, and that counts as neither passed nor failed.
# tempest-known-failures.txt lists what is known not to pass yet, with the reason; anything else must pass.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=devstack/lib/settings.sh
. "$top/devstack/lib/settings.sh"

runner=${TEMPEST_RUNNER:-$top/../shared/tempest/run_tempest.sh}
if [ ! -x "$runner" ]; then
    echo "tempest: no runner here, not run: 0 passed, 0 failed"
    exit 0
fi
work=${TEMPEST_WORK:-$STACK/tempest}
mkdir -p "$work"
unset "${!OS_@}" 2> /dev/null || true
export OS_CLOUD=devstack-admin OS_CLIENT_CONFIG_FILE=$STACK/clouds.yaml
export ACCEPT_WORK=$work ACCEPT_IMAGE_FILE=$STACK/apus-guest.qcow2
export ACCEPT_DHCP_CLIENT=udhcpc
# What the cloud offers, by its own word: without this Tempest also asks for agents that OVN does not have.
ACCEPT_NETWORK_EXTENSIONS=$("$STACK_BIN/openstack" extension list --network -f value -c Alias | paste -sd, -)
export ACCEPT_NETWORK_EXTENSIONS

grep -v '^ *#' "$here/tempest-known-failures.txt" | grep . | cut -d' ' -f1 > "$work/known" || true
passed=0
failed=0

# run LIST SECONDS WORKERS: one list; a failure that is not a known one counts.
run() {
    local list=$1 out unexpected
    out=$work/$(basename "$list" .txt)
    echo "Tempest: $(basename "$list")"
    "$runner" run "$list" -c "$3" -t "$2" --validation 2> "$work/errors.log" | tail -n 20 || true
    if [ ! -s "$out/summary.json" ]; then
        tail -n 20 "$work/errors.log"
        failed=$((failed + 1))
        return
    fi
    unexpected=$(sed 's/\[.*//' "$out/failures.txt" | grep -vxFf "$work/known" || true)
    if [ -n "$unexpected" ]; then
        echo "  failed, and not known to:"
        echo "$unexpected" | sed 's/^/    /'
        failed=$((failed + $(echo "$unexpected" | wc -l)))
    fi
    passed=$((passed + $(jq '.total.pass // 0' "$out/summary.json")))
    if [ "$(jq '.not_run | length' "$out/summary.json")" -gt 0 ]; then
        echo "  not run: $(jq -r '.not_run | length' "$out/summary.json")"
        failed=$((failed + $(jq '.not_run | length' "$out/summary.json")))
    fi
}

cat > "$work/scenario-first.txt" << 'LIST'
tempest.scenario.test_minimum_basic.TestMinimumBasicScenario.test_minimum_basic_scenario
tempest.scenario.test_network_basic_ops.TestNetworkBasicOps.test_network_basic_ops
tempest.scenario.test_server_basic_ops.TestServerBasicOps.test_server_basic_ops
LIST
lists=("$@")
[ $# -gt 0 ] || lists=(all)
for list in "${lists[@]}"; do
    case $list in
        all)
            run "$work/scenario-first.txt" 1200 1
            run "$(dirname "$runner")/tests/smoke.txt" 2400 2
            ;;
        scenario) run "$work/scenario-first.txt" 1200 1 ;;
        smoke) run "$(dirname "$runner")/tests/smoke.txt" 2400 2 ;;
        *) run "$list" 3600 2 ;;
    esac
done
echo "tempest: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
