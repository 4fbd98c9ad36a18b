#!/usr/bin/env bash
# Builds the small guest disk that Apus offers as its first image, from Debian packages.
#
#   build.sh OUT.qcow2
#
# Packages are downloaded with `apt-get download` into APUS_GUEST_CACHE (default
# /var/cache/apus/guest-packages) and taken from there afterwards, so a second build needs no network.
# Nothing is mounted. Run as root, because files inside the image belong to several users.
#
# The disk: an MBR, a FAT partition with syslinux, kernel and initramfs, and an ext4 root partition at
# the end, which the guest grows to the size of its disk.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${APUS_GUEST_CACHE:-/var/cache/apus/guest-packages}
boot_mib=24
root_mib=160

die() {
    echo "build.sh: $*" >&2
    exit 1
}

[ $# -eq 1 ] || die "usage: build.sh OUT.qcow2"
[ "$(id -u)" = 0 ] || die "must run as root: the image holds files of several users"
out=$(realpath -m "$1")
for tool in apt-cache apt-get dpkg-deb mke2fs qemu-img openssl gzip; do
    command -v "$tool" > /dev/null || die "$tool is missing"
done
mkdir -p "$cache" "$(dirname "$out")"
cache=$(realpath "$cache")
work=$(mktemp -d "${TMPDIR:-/var/tmp}/apus-guest.XXXXXX")
trap 'rm -rf "$work"' EXIT

# list FILE: its lines without comments.
list() { grep -v '^#' "$1"; }

# closure: the packages of packages.txt and the libraries that they need, by apt's own data.
closure() {
    local names
    mapfile -t names < <(list "$here/packages.txt")
    apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
        --no-enhances "${names[@]}" | grep -E '^(lib[a-z0-9.+-]+|zlib1g|linux-image-[0-9.]+-.*)$' |
        grep -vE '^lib(perl|newt|slang|debian-installer|elogind|text|number|file|gdbm)' |
        sort -u
    printf '%s\n' "${names[@]}"
}

fetch_packages() {
    local wanted name missing=()
    if ! wanted=$(closure) || [ -z "$wanted" ]; then die "apt knows no packages: run apt-get update"; fi
    # Of a package that apt no longer offers in the cached version, the cached one is as good.
    for name in $wanted; do
        compgen -G "$cache/${name}_*.deb" > /dev/null || missing+=("$name")
    done
    if [ "${#missing[@]}" -gt 0 ]; then
        echo "downloading ${#missing[@]} packages"
        (cd "$cache" && apt-get -o APT::Sandbox::User=root -qq download "${missing[@]}" > /dev/null)
    fi
    for name in $wanted; do
        # shellcheck disable=SC2012 # names of packages hold no odd characters; the newest comes first
        ls -t "$cache/${name}"_*.deb | head -n 1
    done > "$work/packages"
}

unpack() {
    local package
    mkdir -p "$work/debian"
    while read -r package; do dpkg-deb -x "$package" "$work/debian"; done < "$work/packages"
}

# needed PROGRAM: the libraries it needs, as paths below the unpacked packages.
needed() {
    local debian=$work/debian libraries
    libraries=$("$debian/lib64/ld-linux-x86-64.so.2" --inhibit-cache \
        --library-path "$debian/lib/x86_64-linux-gnu:$debian/usr/lib/x86_64-linux-gnu:$debian/usr/libexec/sudo" \
        --list "$1")
    case $libraries in *"not found"*) die "$1 lacks a library: $libraries" ;; esac
    grep -o "${debian}[^ ]*" <<< "$libraries" || true
}

# install_file PATH: copies a file of the packages to the same place in the guest.
install_file() {
    mkdir -p "$work/root$(dirname "$1")"
    cp -L "$work/debian$1" "$work/root$1"
}

# link PROGRAM NAME: another name of a program, in place of busybox's.
link() { ln -sf "$1" "$work/root/usr/bin/$2"; }

make_root() {
    local root=$work/root program libraries library applet
    mkdir -p "$root"/{lib,lib64,usr/bin,usr/lib,etc,dev,proc,sys,run,tmp,mnt,root,home/cirros}
    # One folder of programs, whatever a caller's PATH holds.
    ln -s usr/bin "$root/bin"
    ln -s usr/bin "$root/sbin"
    ln -s bin "$root/usr/sbin"
    mkdir -p "$root"/var/{lib,log,tmp,empty}
    ln -s /run "$root/var/run"
    install_file /bin/busybox
    # Applets first: the real programs and the overlay replace those of the same name.
    for applet in $("$work/debian/bin/busybox" --list); do
        [ "$applet" = busybox ] || ln -sf busybox "$root/usr/bin/$applet"
    done
    for program in $(list "$here/programs.txt"); do
        rm -f "$root/usr/bin/${program##*/}"
        install_file "$program"
        libraries=$(needed "$work/debian$program")
        for library in $libraries; do install_file "${library#"$work/debian"}"; done
    done
    for library in libnss_files.so.2 libnss_dns.so.2 libgcc_s.so.1; do
        [ ! -e "$work/debian/lib/x86_64-linux-gnu/$library" ] || install_file "/lib/x86_64-linux-gnu/$library"
    done
    install_file /lib64/ld-linux-x86-64.so.2
    link bash sh
    link ping ping6
    link mke2fs mkfs.ext2
    link mke2fs mkfs.ext3
    link mke2fs mkfs.ext4
    cp "$work/debian/etc/mke2fs.conf" "$root/etc/" 2> /dev/null || true
    cp -r --remove-destination "$here/rootfs/." "$root/"
    printf 'root:*:19000:0:99999:7:::\ncirros:%s:19000:0:99999:7:::\n' \
        "$(openssl passwd -6 -salt apusguest gocubsgo)" > "$root/etc/shadow"
    chown -R 0:0 "$root"
    chown -R 1000:1000 "$root/home/cirros"
    chmod 640 "$root/etc/shadow"
    chmod 440 "$root/etc/sudoers"
    chmod 1777 "$root/tmp" "$root/var/tmp"
    chmod 4755 "$root/usr/bin/sudo"
    chmod 700 "$root/root"
}

# Modules, and in front of each what it depends on, in the order in which they must be loaded.
module_closure() {
    local name path dependencies dependency
    for name in "$@"; do
        path=$(find "$modules" -name "$name.ko" -printf '%P\n' | head -n 1)
        if [ -z "$path" ]; then
            # Built into this kernel.
            continue
        fi
        dependencies=$(sed -n "s|^$path: ||p" "$modules/modules.dep" | tr ' ' '\n' | tac)
        for dependency in $dependencies $path; do
            case " ${seen[*]:-} " in *" $dependency "*) continue ;; esac
            seen+=("$dependency")
            echo "$dependency"
        done
    done
}

make_modules() {
    local path names seen=()
    modules=$(find "$work/debian/lib/modules" -mindepth 1 -maxdepth 1 | head -n 1)
    kernel=${modules##*/}
    "$work/debian/bin/busybox" depmod -b "$work/debian" "$kernel"
    mapfile -t names < <(list "$here/modules.txt" | cut -d' ' -f2)
    for path in $(module_closure "${names[@]}"); do
        mkdir -p "$work/root/lib/modules/$kernel/$(dirname "$path")"
        cp "$modules/$path" "$work/root/lib/modules/$kernel/$path"
    done
    "$work/debian/bin/busybox" depmod -b "$work/root" "$kernel"
    sed -n 's/^root //p' "$here/modules.txt" > "$work/root/etc/modules"
}

make_initramfs() {
    local initramfs=$work/initramfs path names seen=()
    mkdir -p "$initramfs"/{bin,sbin,dev,proc,sys,root,modules.d}
    cp "$work/debian/bin/busybox" "$initramfs/bin/"
    for path in sh mount umount insmod dd cat printf usleep blockdev switch_root; do
        ln -s busybox "$initramfs/bin/$path"
    done
    mapfile -t names < <(sed -n 's/^boot //p' "$here/modules.txt")
    for path in $(module_closure "${names[@]}"); do
        cp "$modules/$path" "$initramfs/modules.d/"
        echo "/modules.d/${path##*/}" >> "$initramfs/modules"
    done
    cp "$here/initramfs-init" "$initramfs/init"
    (cd "$initramfs" && find . | "$work/debian/bin/busybox" cpio -o -H newc -R 0:0 2> /dev/null) |
        gzip -9n > "$work/initrd.gz"
}

# le32 NUMBER: four bytes, least significant first, as printf's escapes.
le32() {
    printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# partition NUMBER TYPE START SECTORS [ACTIVE]: writes one entry of the partition table.
partition() {
    # shellcheck disable=SC2059
    printf "\\x${5:-00}\\x00\\x00\\x00\\x$2\\x00\\x00\\x00$(le32 "$3")$(le32 "$4")" |
        dd of="$work/disk.raw" bs=1 seek=$((446 + 16 * ($1 - 1))) conv=notrunc status=none
}

make_disk() {
    local debian=$work/debian boot_start=2048 boot_sectors=$((boot_mib * 2048)) root_start
    local library_path=$debian/lib/x86_64-linux-gnu:$debian/usr/lib/x86_64-linux-gnu
    root_start=$((boot_start + boot_sectors))
    export MTOOLS_SKIP_CHECK=1 MTOOLSRC=/dev/null
    export PATH=$debian/usr/bin:$PATH

    truncate -s "${boot_mib}M" "$work/boot.fat"
    mformat -i "$work/boot.fat" -T "$boot_sectors" -h 64 -s 32 -H "$boot_start" -v APUSBOOT ::
    cat > "$work/syslinux.cfg" << CFG
SERIAL 0 115200
DEFAULT apus
PROMPT 0
TIMEOUT 1
LABEL apus
  KERNEL vmlinuz
  INITRD initrd.gz
  APPEND console=tty1 console=ttyS0,115200n8 no_timer_check mitigations=off random.trust_cpu=on panic=10
CFG
    cp "$debian/boot/vmlinuz-$kernel" "$work/vmlinuz"
    mcopy -i "$work/boot.fat" "$work/vmlinuz" "$work/initrd.gz" "$work/syslinux.cfg" ::
    LD_LIBRARY_PATH=$library_path syslinux --install "$work/boot.fat"

    truncate -s "${root_mib}M" "$work/root.ext4"
    mke2fs -q -t ext4 -L apus-root -m 1 -E root_owner=0:0 -d "$work/root" "$work/root.ext4"

    truncate -s $((1 + boot_mib + root_mib))M "$work/disk.raw"
    dd if="$debian/usr/lib/syslinux/mbr/mbr.bin" of="$work/disk.raw" conv=notrunc status=none
    partition 1 0e $boot_start $boot_sectors 80
    partition 2 83 "$root_start" $((root_mib * 2048))
    printf '\x55\xaa' | dd of="$work/disk.raw" bs=1 seek=510 conv=notrunc status=none
    dd if="$work/boot.fat" of="$work/disk.raw" bs=1M seek=1 conv=notrunc,sparse status=none
    dd if="$work/root.ext4" of="$work/disk.raw" bs=1M seek=$((1 + boot_mib)) conv=notrunc,sparse status=none
    qemu-img convert -f raw -O qcow2 -c -o compat=1.1 "$work/disk.raw" "$out.new"
    mv "$out.new" "$out"
}

fetch_packages
unpack
make_root
make_modules
make_initramfs
make_disk
echo "$out: $(($(stat -c %s "$out") / 1024 / 1024)) MiB, kernel $kernel"
