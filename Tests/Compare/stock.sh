#!/usr/bin/env bash
# Debian's Keystone and Glance, run from a folder and not installed: the machine stays as it was.
#
#   stock.sh packages ROOT              downloads the packages and unpacks them in ROOT
#   stock.sh run ROOT PROGRAM ...       becomes a program of theirs, such as keystone-manage
#
# Where the machine has one of the packages already, apt leaves it out and the machine's own is used.
# STOCK_DEBS names a folder that holds the packages, for machines without a network.
set -euo pipefail

packages() {
    local root=$1 debs=${STOCK_DEBS:-$1.debs} package
    [ ! -e "$root/.complete" ] || return 0
    rm -rf "$root"
    mkdir -p "$root"
    if [ -z "${STOCK_DEBS:-}" ]; then
        mkdir -p "$debs/partial"
        download "$debs" || {
            apt-get -q update
            download "$debs"
        }
    fi
    for package in "$debs"/*.deb; do
        [ ! -e "$package" ] || dpkg-deb -x "$package" "$root"
    done
    [ -n "${STOCK_DEBS:-}" ] || rm -rf "$debs"
    touch "$root/.complete"
}

download() {
    apt-get -y -q --no-install-recommends -o "Dir::Cache::archives=$1" -o DPkg::Lock::Timeout=300 \
        --download-only install keystone glance-api python3-openstackclient
}

run() {
    local root=$1 program=$2
    shift 2
    [ ! -e "$root/usr/bin/$program" ] || program=$root/usr/bin/$program
    [ "${program#/}" != "$program" ] || program=/usr/bin/$program
    export PYTHONPATH=$root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu
    export PATH=$root/usr/bin:$PATH PYTHONDONTWRITEBYTECODE=1
    exec /usr/bin/python3 -W ignore "$program" "$@"
}

command=${1:-}
shift || true
case $command in
    packages) packages "$@" ;;
    run) run "$@" ;;
    *)
        sed -n '2,8p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac
