#!/usr/bin/env bash
# Damages a cloud by hand, one kind after the other, and sees that `apus doctor` finds it, repairs what is safe,
# writes it down, and finds nothing afterwards. Needs a cloud that stack.sh brought up; run as root.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=Tests/EndToEnd/checks.sh
. "$here/checks.sh"
# shellcheck source=devstack/lib/settings.sh
. "$here/../../devstack/lib/settings.sh"
# shellcheck source=devstack/lib/process.sh
. "$here/../../devstack/lib/process.sh"
# shellcheck source=devstack/lib/mariadb.sh
. "$here/../../devstack/lib/mariadb.sh"
# shellcheck source=devstack/lib/memcached.sh
. "$here/../../devstack/lib/memcached.sh"

export PATH=$STACK_BIN:$PATH
work=$(mktemp -d)
journal=$work/journal.jsonl
server=$(cat /proc/sys/kernel/random/uuid)
other=$(cat /proc/sys/kernel/random/uuid)
agent=$APUS_STATE/compute-agent
tgt_port=${TGT_CONTROL_PORT:-27}
memcached_port=${MEMCACHED_PORT:-11221}

sql() { mariadb_sql "$STACK/services/mariadb" -N "$@"; }
tgt() { tgtadm -C "$tgt_port" --lld iscsi "$@"; }

tidy() {
    # Whatever a failure left; each may be gone already.
    {
        for daemon in compute-agent block-storage scheduler; do goes_on "$daemon"; done
        memcached_start "$STACK/services/memcached" "$memcached_port" memcache
        sql placement -e "DELETE FROM allocations WHERE consumer = '$server'"
        sql placement -e "DELETE FROM consumers WHERE id = '$server'"
        sql compute -e "DELETE FROM servers WHERE id = '$server'"
        ovs-vsctl --if-exists del-port e2e-orphan
        ovn-nbctl --if-exists lsp-del e2e-orphan
        tgt --mode target --op delete --tid 60000 --force
        virsh undefine "e2e-orphan"
        rm -f "$agent/images/$other"-* "$APUS_STATE/image/incoming/$other"
        rm -f "$APUS_STATE/block-storage/volumes/incoming/volume-$other"
    } > /dev/null 2>&1 || true
    rm -rf "$work"
}
trap tidy EXIT

# process_pid NAME: sets pid to a daemon's.
process_pid() { read -r pid _ < "$APUS_RUN/$1.pid"; }

# holds NAME, goes_on NAME: a daemon that would tidy up by itself waits until the doctor has.
holds() { process_pid "$1" && kill -STOP "$pid"; }
goes_on() { process_pid "$1" && kill -CONT "$pid"; }

# doctor STATUS ARGUMENT...: runs it, keeps its JSON, and requires the exit status.
doctor() {
    local expected=$1 status=0
    shift
    apus doctor --json --journal-file "$journal" "$@" > "$work/report" || status=$?
    jq . "$work/report"
    [ "$status" -eq "$expected" ] || { echo "exit status $status, expected $expected"; return 1; }
}

# finds CHECK KIND TEXT: whether a check finds such a thing (status 1 for warnings and worse, 0 for notes).
finds() {
    apus doctor --json --only "$1" > "$work/report" || true
    jq -e --arg kind "$2" --arg text "$3" \
        'any(.findings[]; .kind == $kind and (.what | contains($text)))' "$work/report" || {
        cat "$work/report"
        return 1
    }
}

# mends CHECK: whether the repair is done, nothing is found afterwards, and the journal knows.
mends() {
    doctor 0 --only "$1" --repair > "$work/out" || { cat "$work/out"; return 1; }
    jq -e '(.repairs | length > 0) and all(.repairs[]; .result == "done")' "$work/report" || { cat "$work/report"; return 1; }
    apus doctor --journal --json --journal-file "$journal" |
        jq -e --arg check "$1" 'any(.[]; .check == $check and .result == "done" and .by != "")'
}

# found_and_mended CHECK KIND TEXT
found_and_mended() {
    check "$1: $2 $3 is found" finds "$1" "$2" "$3" || true
    check "$1: it is repaired, and journaled" mends "$1" || true
}

quick() {
    local start=${EPOCHREALTIME/./}
    doctor 0 || return 1
    echo "$(((${EPOCHREALTIME/./} - start) / 1000)) ms"
    # The rest of the machine may be busy: the aim is 3 s.
    [ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt "${APUS_DOCTOR_LIMIT_MS:-6000}" ]
}

echo "apus doctor"
must "a sound cloud is sound, quickly" quick

# What was a server here once.
sql compute -e "INSERT INTO servers (id, project_id, user_id, name, hostname, reservation_id, vm_state, scheduler_hints,
    flavor_id, flavor, vcpus, memory_mib, security_groups, network_info, created_at, deleted_at)
    VALUES ('$server', 'e2e', 'e2e', 'e2e', 'e2e', 'r', 'deleted', '{}', '1', '{}', 1, 64, '[]', '[]', UTC_TIMESTAMP(6),
        UTC_TIMESTAMP(6))"

provider=$(sql placement -e "SELECT id FROM resource_providers LIMIT 1")
sql placement -e "INSERT INTO consumers (id, project, user) VALUES ('$server', 'e2e', 'e2e');
    INSERT INTO allocations (consumer, provider, resource_class, used) VALUES ('$server', '$provider', 'VCPU', 1)"
found_and_mended allocations leftover "$server"

ovs-vsctl add-port br-int e2e-orphan -- set Interface e2e-orphan type=internal \
    external_ids:iface-id="$other" external_ids:vm-id="$server"
found_and_mended interfaces leftover e2e-orphan

switch=$(ovn-nbctl --bare --columns=name list Logical_Switch | head -n 1)
ovn-nbctl lsp-add "$switch" e2e-orphan -- set Logical_Switch_Port e2e-orphan "external_ids:\"apus:owner\"=\"port/$other\""
found_and_mended ovn leftover "port/$other"

port=$(ovn-nbctl --bare --columns=name lsp-list "$switch" 2> /dev/null | head -n 1 || true)
port=${port:-$(ovn-nbctl lsp-list "$switch" | sed 's/.*(\(.*\))/\1/' | head -n 1)}
ovn-nbctl lsp-del "$port"
check "ovn: a port that was removed is found" finds ovn mismatch "" || true
check "ovn: it is made again, and journaled" mends ovn || true

holds compute-agent
mkdir -p "$agent/images"
touch -d '2 hours ago' "$agent/images/$other-0.raw" "$agent/images/$other-0.download"
found_and_mended image-cache leftover "$other-0.download"
check "the cached file is gone" test ! -e "$agent/images/$other-0.raw" || true
goes_on compute-agent

touch -d '2 hours ago' "$APUS_STATE/image/incoming/$other"
found_and_mended images leftover "$other"

holds block-storage
touch -d '2 hours ago' "$APUS_STATE/block-storage/volumes/incoming/volume-$other"
found_and_mended volumes leftover "$other"

tgt --mode target --op new --tid 60000 --targetname "iqn.2010-10.org.openstack:volume-$other"
found_and_mended targets leftover "$other"
goes_on block-storage

cat > "$work/domain.xml" << XML
<domain type='qemu'><name>e2e-orphan</name><uuid>$other</uuid><memory unit='MiB'>16</memory><os><type>hvm</type></os>
<metadata><apus:server xmlns:apus='https://apus.cloud/xmlns/libvirt/1'/></metadata></domain>
XML
virsh define "$work/domain.xml" > /dev/null
check "domains: a guest that is no server's is found" finds domains leftover "$other" || true
check "domains: it is not touched" doctor 1 --only domains --repair || true
check "domains: it is still there" virsh dominfo e2e-orphan || true
virsh undefine e2e-orphan > /dev/null

memcached_stop "$STACK/services/memcached"
check "memcached: stopped, it gives status 2" doctor 2 --only memcached || true
memcached_start "$STACK/services/memcached" "$memcached_port" memcache

holds scheduler
check "daemons: one that hangs gives status 2, in time" timeout 40 bash -c \
    "apus doctor > '$work/out'; [ \$? -eq 2 ] && grep -q 'daemon scheduler' '$work/out'" || true
goes_on scheduler
check "afterwards the cloud is sound again" eventually 20 doctor 0 || true

summary "apus doctor"
