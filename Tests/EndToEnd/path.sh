#!/usr/bin/env bash
# The path a newcomer walks, from a token to a server with a volume and back to nothing, with the
# unmodified `openstack` client as the demo user. Needs a cloud that stack.sh brought up; run as root.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=Tests/EndToEnd/checks.sh
. "$here/checks.sh"
# shellcheck source=devstack/lib/settings.sh
. "$here/../../devstack/lib/settings.sh"

export OS_CLIENT_CONFIG_FILE=$STACK/clouds.yaml PATH=$STACK_BIN:$PATH
unset "${!OS_@}" 2> /dev/null || true
export OS_CLIENT_CONFIG_FILE=$STACK/clouds.yaml OS_CLOUD=devstack
work=$(mktemp -d)
name=e2e-$$
ended=
cd "$work"

# value COMMAND... COLUMN: one column of a command's answer.
value() { openstack "${@:1:$#-1}" -f value -c "${!#}"; }
as_admin() { OS_CLOUD=devstack-admin "$@"; }

status_is() { equals "$3" value "$1" show "$2" status; }

# used RESOURCE: how much of a quota the project uses.
used() { openstack limits show --absolute -f json | jq -r --arg name "$1" '.[] | select(.Name == $name) | .Value'; }

guest() {
    ssh -i "$work/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o ConnectTimeout=5 -o BatchMode=yes "cirros@$address" "$@"
}

tidy() {
    local status=$?
    if [ "$status" -ne 0 ] && [ -z "$ended" ] && [ -n "${server:-}" ]; then
        openstack server show "$name" || true
        openstack console log show --lines 30 "$name" || true
    fi
    # Whatever a failure left; each may be gone already.
    {
        openstack server delete --wait "$name"
        openstack server delete --wait "$name-volume"
        openstack volume delete "$name"
        openstack volume delete "$name-root"
        openstack volume snapshot delete "$name"
        [ -z "${address:-}" ] || openstack floating ip delete "$address"
        openstack port delete "$name"
        openstack router remove subnet "$name" "$name"
        openstack router delete "$name"
        openstack network delete "$name"
        openstack security group delete "$name"
        openstack keypair delete "$name"
        openstack image delete "$name"
    } > /dev/null 2>&1 || true
    rm -rf "$work"
    [ "$status" -eq 0 ] || [ -n "$ended" ] || summary "path" || true
}
trap tidy EXIT

echo "The path, as project demo"
instances_before=$(used totalInstancesUsed)

must "a token is issued" openstack token issue
for service in identity compute image network placement volumev3; do
    must "the catalogue has $service" holds "$service" openstack catalog list -f value -c Type
done
must "an image is uploaded from a file" openstack image create --file "$STACK/apus-guest.qcow2" \
    --disk-format qcow2 --container-format bare --min-disk 1 "$name"
must "the image is active" eventually 60 status_is image "$name" active
openstack keypair create "$name" > key && chmod 600 key
must "a keypair is made" openstack keypair show "$name"
must "a network is made" openstack network create "$name"
must "a subnet is made" openstack subnet create --network "$name" --subnet-range 10.77.0.0/24 "$name"
must "a router is made" openstack router create "$name"
must "the router gets its gateway" openstack router set --external-gateway public "$name"
must "the router joins the subnet" openstack router add subnet "$name" "$name"
must "a security group is made" openstack security group create "$name"
must "it lets SSH in" openstack security group rule create --protocol tcp --dst-port 22 "$name"
must "it lets ICMP in" openstack security group rule create --protocol icmp "$name"
must "a port is made" openstack port create --network "$name" --security-group "$name" "$name"

cat > user-data << 'SCRIPT'
#!/bin/sh
echo "user data ran on $(hostname)" > /home/cirros/user-data-ran
SCRIPT
must "a server is created" openstack server create --image "$name" --flavor m1.nano --port "$name" \
    --key-name "$name" --user-data user-data "$name"
server=$(value server show "$name" id)
must "the server becomes ACTIVE" eventually 180 status_is server "$name" ACTIVE
must "its console log can be read" eventually 90 holds "guest:" openstack console log show "$name"

address=$(value floating ip create public floating_ip_address)
must "a floating address is made and attached" openstack server add floating ip "$name" "$address"
must "the server answers to ping" eventually 90 ping -c 1 -W 2 "$address"
must "one logs in with the key" eventually 120 guest true
must "the guest has the server's name" equals "$name" guest hostname
must "the user data ran" eventually 30 equals "user data ran on $name" guest cat user-data-ran
must "the guest is its own root" equals root guest sudo id -un
check "metadata knows the floating address" equals "$address" \
    guest curl -s http://169.254.169.254/latest/meta-data/public-ipv4 || true

must "a volume is created" openstack volume create --size 1 "$name"
must "the volume is available" eventually 60 status_is volume "$name" available
must "the volume is attached to the running server" openstack server add volume "$name" "$name"
must "the volume is in use" eventually 90 status_is volume "$name" in-use
must "the guest sees the disk" eventually 60 guest grep -q vdb /proc/partitions
must "the guest formats and mounts it" guest sudo sh -c \
    "'mkfs.ext4 -q /dev/vdb && mount /dev/vdb /mnt && echo kept > /mnt/file && sync && cat /mnt/file && umount /mnt'"
must "the volume is detached" openstack server remove volume "$name" "$name"
must "the volume is available again" eventually 90 status_is volume "$name" available
must "the guest sees it gone" eventually 60 guest "! grep -q vdb /proc/partitions"

must "a soft reboot" openstack server reboot --soft --wait "$name"
must "one logs in again" eventually 120 guest true
must "the guest did boot again" eventually 60 guest 'test "$(cut -d. -f1 /proc/uptime)" -lt 90'
must "a hard reboot" openstack server reboot --hard --wait "$name"
must "one logs in after it" eventually 120 guest true
must "the server stops" openstack server stop "$name"
must "it is SHUTOFF" eventually 120 status_is server "$name" SHUTOFF
must "the server starts" openstack server start "$name"
must "it is ACTIVE" eventually 120 status_is server "$name" ACTIVE
must "one logs in once more" eventually 120 guest true

port=$(value port show "$name" id)
volume=$(value volume show "$name" id)
network=$(value network show "$name" id)
must "the server is deleted" openstack server delete --wait "$name"

image=$(value image show "$name" id)
must "a bootable volume is made from the image" openstack volume create --image "$image" --size 1 "$name-root"
must "it is available" eventually 120 status_is volume "$name-root" available
check "it is bootable" equals True value volume show "$name-root" bootable || true
must "a snapshot of it is taken" openstack volume snapshot create --volume "$name-root" "$name"
must "the snapshot is available" eventually 60 equals available value volume snapshot show "$name" status
snapshot=$(value volume snapshot show "$name" id)
check "a volume without a system is not booted from" refused openstack server create --flavor m1.nano \
    --port "$name" --volume "$name" "$name-volume" || true
must "a server is created on a volume made from the snapshot" openstack server create --flavor m1.nano \
    --port "$name" --key-name "$name" \
    --block-device "uuid=$snapshot,source_type=snapshot,destination_type=volume,boot_index=0,delete_on_termination=true" \
    --block-device "uuid=$volume,source_type=volume,destination_type=volume,boot_index=-1" \
    "$name-volume"
backed=$(value server show "$name-volume" id)
must "it becomes ACTIVE" eventually 180 status_is server "$name-volume" ACTIVE
must "one logs in to it" eventually 120 guest true
must "its second disk is the volume with the file" equals kept \
    guest sudo sh -c "'mount /dev/vdb /mnt && cat /mnt/file && umount /mnt'"
root=$(openstack server show "$name-volume" -f json | jq -r --arg other "$volume" \
    '.volumes_attached | map(.id) - [$other] | .[0]')
must "the server is deleted" openstack server delete --wait "$name-volume"
must "its root volume goes with it" eventually 60 refused openstack volume show "$root"
must "the given volume stays" eventually 60 status_is volume "$name" available
must "the snapshot is deleted" openstack volume snapshot delete "$name"
must "the snapshot is gone" eventually 60 refused openstack volume snapshot show "$name"
must "the bootable volume is deleted" openstack volume delete "$name-root"
must "the volume is deleted" openstack volume delete "$name"
must "the volume is gone" eventually 60 refused openstack volume show "$name"
must "the floating address is deleted" openstack floating ip delete "$address"
check "the port is deleted" openstack port delete "$name" || true
must "the router leaves the subnet" openstack router remove subnet "$name" "$name"
must "the router is deleted" openstack router delete "$name"
must "the subnet is deleted" openstack subnet delete "$name"
must "the network is deleted" openstack network delete "$name"
must "the security group is deleted" openstack security group delete "$name"
must "the keypair is deleted" openstack keypair delete "$name"
must "the image is deleted" openstack image delete "$name"

for left in "$server" "$backed"; do
    check "no domain is left" lacks "$left" virsh -q -c qemu:///system list --all --uuid || true
done
check "no tap is left" lacks "tap${port:0:11}" ip -o link || true
check "no switch port is left" lacks "$port" ovs-vsctl --columns=external_ids list Interface || true
check "no OVN row is left" lacks "${network}" ovn-nbctl list Logical_Switch || true
check "no OVN port is left" lacks "$port" ovn-nbctl list Logical_Switch_Port || true
check "no file of the root volume is left" equals "" find "$APUS_STATE" -name "*$root*" || true
check "no iSCSI target is left" lacks "$volume" tgtadm -C "${TGT_CONTROL_PORT:-27}" --lld iscsi --mode target --op show || true
# A tombstone of some bytes stays for a while: it keeps a late command from making the server again.
check "no file of the server is left" equals "" find "$APUS_STATE" -name "*$server*" -not -path '*/tombstones/*' || true
check "no file of the volume is left" equals "" find "$APUS_STATE" -name "*$volume*" || true
check "no allocation is left" lacks "VCPU" as_admin openstack resource provider allocation show "$server" || true
check "no quota is used" equals "$instances_before" used totalInstancesUsed || true
check "apus doctor finds no difference" apus doctor || true

ended=1
summary "path"
