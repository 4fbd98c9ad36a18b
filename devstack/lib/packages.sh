# shellcheck shell=bash
# Debian packages that the stack is built with and runs on.

PACKAGES=(
    # to build
    build-essential ca-certificates git libldap-dev libmariadb-dev libmemcached-dev librabbitmq-dev libsasl2-dev
    libssl-dev libvirt-dev pkg-config zlib1g-dev
    # services
    mariadb-server memcached rabbitmq-server
    # network
    ethtool iproute2 openvswitch-switch ovn-central ovn-host
    # guests and volumes
    genisoimage libvirt-clients libvirt-daemon libvirt-daemon-system qemu-block-extra qemu-system-x86 qemu-utils tgt
    # the scripts themselves and the client
    curl iputils-ping jq make openssh-client openssl python3 python3-venv
)

# Services of these packages are not used by us (private instances are), so what we install stays switched off.
UNUSED_SERVICES=(mariadb rabbitmq-server memcached tgt)

missing_packages() {
    local name
    for name in "${PACKAGES[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2> /dev/null)" = installed ] || echo "$name"
    done
}

packages_up() {
    local missing=() name absent=()
    mapfile -t missing < <(missing_packages)
    if [ "${#missing[@]}" -eq 0 ]; then
        note "all there"
        return
    fi
    for name in "${UNUSED_SERVICES[@]}"; do
        case " ${missing[*]} " in *" $name "* | *" $name-server "*) absent+=("$name") ;; esac
    done
    echo "missing: ${missing[*]}"
    without_starting_services apt_install "${missing[@]}"
    if [ "$APUS_SUPERVISOR" = systemd ]; then
        for name in "${absent[@]}"; do systemctl disable --quiet --now "$name" || true; done
    fi
    note "installed ${#missing[@]}"
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    local options=(-y -q --no-install-recommends -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300)
    apt-get "${options[@]}" install "$@" || {
        apt-get -q update
        apt-get "${options[@]}" install "$@"
    }
}

# Debian's packages start their services when installed, unless policy-rc.d (Debian Policy 9.11) says no.
without_starting_services() {
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod 755 "$policy"
        made=1
    fi
    local status=0
    "$@" || status=$?
    [ -z "$made" ] || rm -f "$policy"
    return "$status"
}
