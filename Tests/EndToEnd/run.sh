#!/usr/bin/env bash
# The end-to-end part: brings a cloud up, walks the path and the tutorial, asks it to explain itself, revokes tokens,
# runs Tempest, kills its processes, damages it for the doctor, changes its settings, adds a host, compares identity and
# image with Keystone and Glance, kills image amid its work and identity under load, sends wrong requests, takes it down,
# and looks whether the machine is as it was. Needs root. Its last line has the counts.
#
#   run.sh [--keep]     --keep leaves the cloud up, and what was up is used as it is
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=Tests/EndToEnd/checks.sh
. "$here/checks.sh"
keep=
[ "${1:-}" != --keep ] || keep=1
[ "$(id -u)" = 0 ] || {
    echo "the end-to-end tests need root: they start libvirt and Open vSwitch"
    exit 1
}
work=$(mktemp -d)
passed=0
failed=0

# machine: what a cloud changes on a machine, as text. Interfaces, namespaces, mounts, guests, processes.
machine() {
    ip -o link | awk -F': ' '{ print "interface", $2 }' | sort
    { ip netns list 2> /dev/null || true; } | awk '{ print "namespace", $1 }' | sort
    awk '{ print "mount", $2 }' /proc/mounts | sort
    # A process that is ours runs from, or was told about, one of our folders.
    local command
    for command in /proc/[0-9]*/cmdline; do
        { tr '\0' ' ' < "$command" || true; } 2> /dev/null | cut -c1-160 |
            sed -n 's#^\(.*\(/etc/apus\|/var/lib/apus\|/opt/apus-stack\|/tmp/compare\|openvswitch\|/ovn\|libvirt\|tgtd\).*\)$#process \1#p'
    done | sed '/Tests\/EndToEnd/d' | sort
}

unchanged() { diff "$work/before" <(machine); }

# part COMMAND...: runs a script and adds up the counts of its last line.
part() {
    local line status=0
    "$@" 2>&1 | tee "$work/part" || status=$?
    line=$(grep -aE '[0-9]+ passed, [0-9]+ failed' "$work/part" | tail -n 1 || true)
    passed=$((passed + $(sed -n 's/.* \([0-9]*\) passed, .*/\1/p' <<< " $line" | grep . || echo 0)))
    failed=$((failed + $(sed -n 's/.* \([0-9]*\) failed.*/\1/p' <<< " $line" | grep . || echo 0)))
    if [ "$status" -ne 0 ] && ! grep -q ' [1-9][0-9]* failed' <<< " $line"; then failed=$((failed + 1)); fi
    return 0
}

finish() {
    local status=$?
    if [ -z "$keep" ] && [ -e "$work/stacked" ]; then "$top/devstack/unstack.sh" || true; fi
    rm -rf "$work" "$CHECK_LOG"
    [ "$status" -eq 0 ] || echo "end to end: stopped early"
}
trap finish EXIT

machine > "$work/before"
touch "$work/stacked"
"$top/devstack/stack.sh" || {
    echo "end to end: $passed passed, $((failed + 1)) failed"
    exit 1
}
passed=$((passed + 1))
part "$here/path.sh"
if [ "$failed" -eq 0 ]; then part "$here/tutorial.sh"; fi
if [ "$failed" -eq 0 ]; then part "$here/explain.sh"; fi
if [ "$failed" -eq 0 ]; then part "$here/revocation.py"; fi
if [ "$failed" -eq 0 ] || [ -n "${TEMPEST_ANYWAY:-}" ]; then part "$here/tempest.sh"; fi
if [ "$failed" -eq 0 ]; then part "$top/Tests/Chaos/run.sh" --kills 40 --seed 1; fi
if [ "$failed" -eq 0 ] || [ -n "${TEMPEST_ANYWAY:-}" ]; then part "$here/doctor.sh"; fi
if [ "$failed" -eq 0 ]; then part "$here/settings.sh"; fi
if [ "$failed" -eq 0 ]; then part "$here/hosts.sh"; fi
if [ "$failed" -eq 0 ]; then part "$top/Tests/Compare/run.sh"; fi
if [ "$failed" -eq 0 ]; then part "$here/image-kills.sh"; fi
if [ "$failed" -eq 0 ]; then part "$top/Tests/Chaos/identity.sh"; fi
# The last: some of what wrong requests made is left behind, and the doctor would find it.
if [ "$failed" -eq 0 ]; then part "$top/Tests/Fuzz/run.sh"; fi
if [ -z "$keep" ]; then
    check "a second stack.sh is quick" timeout 60 "$top/devstack/stack.sh" || true
    check "unstack.sh" "$top/devstack/unstack.sh" || true
    rm -f "$work/stacked"
    check "the machine is as it was before" eventually 10 unchanged || true
    passed=$((passed + PASSED))
    failed=$((failed + FAILED))
fi
echo "end to end: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
