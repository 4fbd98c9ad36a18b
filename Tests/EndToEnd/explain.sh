#!/usr/bin/env bash
# What the cloud says of itself: why no host was good enough for a server, and the story of a build whose conductor
# was killed in its middle. Needs a cloud that stack.sh brought up; run as root.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=Tests/EndToEnd/checks.sh
. "$here/checks.sh"
# shellcheck source=devstack/lib/settings.sh
. "$top/devstack/lib/settings.sh"

unset "${!OS_@}" 2> /dev/null || true
export OS_CLIENT_CONFIG_FILE=$STACK/clouds.yaml OS_CLOUD=devstack PATH=$STACK_BIN:$PATH
# Not "name", which check has a local of.
unique=explain-$$
work=$(mktemp -d)

tidy() {
    {
        openstack server delete --wait "$unique"
        openstack server delete --wait "$unique-huge"
        openstack --os-cloud devstack-admin flavor delete "$unique"
    } > /dev/null 2>&1 || true
    rm -rf "$work"
}
trap tidy EXIT

value() { openstack "${@:1:$#-1}" -f value -c "${!#}"; }
status_is() { equals "$2" value server show "$1" status; }

echo "What the cloud says of itself"
must "a flavor larger than any host is made" openstack --os-cloud devstack-admin flavor create \
    --vcpus 1 --ram 512 --disk 900000 "$unique"
must "a server of it is asked for" openstack server create --image apus-guest --flavor "$unique" --network private \
    "$unique-huge"
must "it is in error" eventually 60 status_is "$unique-huge" ERROR
fault() { value server show "$unique-huge" fault; }
for text in "No valid host was found. Of 1 host" "removed 1" "would fit"; do
    check "its fault says: $text" holds "$text" fault || true
    check "apus explain says: $text" holds "$text" apus explain "$unique-huge" || true
done

# The client hides the request's id, so this server is asked for by hand.
token=$(value token issue id)
image=$(value image show apus-guest id)
network=$(value network show private id)
compute=$(openstack catalog show compute -f json | jq -r '.endpoints[] | select(.interface == "public") | .url')
post() {
    curl -sS -D "$work/headers" -H "X-Auth-Token: $token" -H 'Content-Type: application/json' "$compute/servers" -d '{
        "server": {"name": "'"$unique"'", "flavorRef": "'"$(value flavor show m1.nano id)"'", "imageRef": "'"$image"'",
        "networks": [{"uuid": "'"$network"'"}]}}'
    grep -i '^x-openstack-request-id: req-' "$work/headers"
}
must "a server is asked for" post
request=$(sed -n 's/^[Xx]-[Oo]penstack-[Rr]equest-[Ii]d: \(req-[0-9a-f-]*\).*/\1/p' "$work/headers")
read -r conductor _ < "$APUS_RUN/conductor.pid"
must "its workflow has begun" eventually 20 holds build-server apus explain "$request"
must "its conductor is killed" kill -9 "$conductor"
must "and started again" "$top/Bench/daemon.sh" start conductor
must "the server becomes ACTIVE" eventually 120 status_is "$unique" ACTIVE
apus explain "$request" > "$work/story"
for text in "compute-api@" "conductor@" "scheduler@" "compute-agent@" "network@" "image@" \
    "build-server: finish plugged" "build-server: run activate"; do
    check "the request's story has $text" grep -qF -- "$text" "$work/story" || true
done
check "with a line of the conductor that was killed" grep -qF "[$conductor]" "$work/story" || true
if [ "$FAILED" -ne 0 ]; then cat "$work/story"; fi
summary "explain"
