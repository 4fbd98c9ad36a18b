# shellcheck shell=bash
# libvirt: the system's own service where systemd is, else its three daemons started here.

LIBVIRT_QEMU_CONF=/etc/libvirt/qemu.conf
# Ids of the servers that ran when unstack.sh took their guests away: stack.sh starts these again, and no other.
STOPPED_GUESTS=$STACK/stopped-guests
LIBVIRT_MARK="# from Apus' stack.sh:"

libvirt_answers() { virsh -q -c qemu:///system version; }

libvirt_up() {
    if libvirt_answers > /dev/null 2>&1; then return; fi
    if [ "$APUS_SUPERVISOR" = systemd ]; then
        systemctl start libvirtd
        remember libvirt-started
    else
        libvirt_lone_settings
        mkdir -p /run/libvirt
        process_start virtlogd "$APUS_RUN/virtlogd.pid" "$APUS_LOGS/virtlogd.log" /usr/sbin/virtlogd
        process_start virtlockd "$APUS_RUN/virtlockd.pid" "$APUS_LOGS/virtlockd.log" /usr/sbin/virtlockd
        echo "LOG: $APUS_LOGS/libvirtd.log"
        process_start libvirtd "$APUS_RUN/libvirtd.pid" "$APUS_LOGS/libvirtd.log" /usr/sbin/libvirtd
    fi
    wait_until 30 libvirt_answers || fail "libvirtd does not answer"
}

# Without systemd there are no cgroups and no AppArmor profiles to rely on: guests run as root, unconfined.
# A lone development machine only; with systemd Debian's own settings stay.
libvirt_lone_settings() {
    grep -qF "$LIBVIRT_MARK" "$LIBVIRT_QEMU_CONF" 2> /dev/null && return
    local setting
    for setting in 'user = "root"' 'group = "root"' 'security_driver = "none"' 'remember_owner = 0'; do
        echo "$setting $LIBVIRT_MARK a machine without systemd"
    done >> "$LIBVIRT_QEMU_CONF"
}

libvirt_down() {
    if [ "$APUS_SUPERVISOR" = systemd ]; then
        if is_ours libvirt-started; then systemctl stop libvirtd libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket || true; fi
        forget libvirt-started
    else
        process_stop "$APUS_RUN/libvirtd.pid"
        process_stop "$APUS_RUN/virtlockd.pid"
        process_stop "$APUS_RUN/virtlogd.pid"
        if [ -e "$LIBVIRT_QEMU_CONF" ]; then
            sed -i "/$LIBVIRT_MARK/d" "$LIBVIRT_QEMU_CONF"
        fi
    fi
}

# our_domains: ids of guests that our agent defined, by the metadata it writes.
our_domains() {
    local id description
    for id in $(virsh -q -c qemu:///system list --all --uuid); do
        # Not through a pipe: grep would leave at its first match, and virsh's broken pipe would read as "not ours".
        description=$(virsh -q -c qemu:///system dumpxml "$id") || continue
        if [[ $description == *apus* ]]; then echo "$id"; fi
    done
}

# remove_domains: destroys and undefines our guests, so that their taps go. Notes which of them ran.
remove_domains() {
    local id
    # A libvirtd that died has left its guests running, and only it knows them.
    if [ -e "$APUS_RUN/libvirtd.pid" ]; then libvirt_up; fi
    libvirt_answers > /dev/null 2>&1 || return 0
    for id in $(our_domains); do
        if [ "$(virsh -q -c qemu:///system domstate "$id" 2> /dev/null)" = running ]; then echo "$id" >> "$STOPPED_GUESTS"; fi
        virsh -q -c qemu:///system destroy "$id" > /dev/null 2>&1 || true
        virsh -q -c qemu:///system undefine "$id" --nvram --managed-save --snapshots-metadata > /dev/null 2>&1 ||
            virsh -q -c qemu:///system undefine "$id" || true
    done
}

# virtualization IMAGE: "kvm" when a guest really runs under it, else "qemu".
# The presence of /dev/kvm, and what libvirt says about it, prove nothing: so one is booted.
virtualization() {
    local image=$1 boot answer
    [ -c /dev/kvm ] || {
        echo qemu
        return
    }
    boot=$(cat /proc/sys/kernel/random/boot_id)
    answer=$(recalled kvm-probe)
    if [ "${answer% *}" = "$boot" ]; then
        echo "${answer#* }"
        return
    fi
    if kvm_guest_runs "$image"; then answer=kvm; else answer=qemu; fi
    remember kvm-probe "$boot $answer"
    echo "$answer"
}

kvm_guest_runs() {
    local console pid i found=1
    console=$(mktemp)
    timeout -s KILL 20 qemu-system-x86_64 -accel kvm -machine pc -cpu host -m 256 -display none -nodefaults \
        -no-reboot -snapshot -drive "file=$1,if=virtio,format=qcow2" -serial "file:$console" > /dev/null 2>&1 &
    pid=$!
    for ((i = 0; i < 50; i++)); do
        if grep -qa 'guest: starting' "$console"; then
            found=0
            break
        fi
        kill -0 "$pid" 2> /dev/null || break
        sleep 0.2
    done
    kill -TERM "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
    rm -f "$console"
    return "$found"
}
