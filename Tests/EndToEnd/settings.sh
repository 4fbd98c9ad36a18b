#!/usr/bin/env bash
# What local.conf says on a later run of stack.sh takes effect: more images, and other passwords. Needs a cloud that
# stack.sh brought up; run as root. The passwords are put back.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=Tests/EndToEnd/checks.sh
. "$here/checks.sh"
# shellcheck source=devstack/lib/settings.sh
. "$top/devstack/lib/settings.sh"

unset "${!OS_@}" 2> /dev/null || true
export OS_CLIENT_CONFIG_FILE=$STACK/clouds.yaml OS_CLOUD=devstack-admin PATH=$STACK_BIN:$PATH
unique=settings-$$
work=$(mktemp -d)
server=

tidy() {
    {
        [ -z "$server" ] || kill "$server"
        openstack image delete "$unique"
        rm -f "$STACK/images/$unique".*
    } > /dev/null 2>&1 || true
    rm -rf "$work"
}
trap tidy EXIT

value() { openstack "${@:1:$#-1}" -f value -c "${!#}"; }

# stack LINE...: stack.sh with local.conf as it is, and these lines behind it.
stack() {
    local old=${LOCAL_CONF:-$top/devstack/local.conf}
    {
        echo '[[local|localrc]]'
        if [ -r "$old" ]; then localrc_section "$old"; fi
        printf '%s\n' "$@"
    } > "$work/local.conf"
    LOCAL_CONF=$work/local.conf "$top/devstack/stack.sh"
}

echo "Settings that change"
port=$(free_port 18080)
mkdir "$work/www"
head -c 1M /dev/zero > "$work/www/$unique.img"
(cd "$work/www" && exec python3 -m http.server --bind 127.0.0.1 "$port") > /dev/null 2>&1 &
server=$!
must "a web server for images" eventually 10 port_is_taken "$port"
must "stack.sh with IMAGE_URLS" stack "IMAGE_URLS=http://127.0.0.1:$port/$unique.img"
check "the image is there" equals active value image show "$unique" status || true
check "a second run makes nothing" holds "nothing to make" stack "IMAGE_URLS=http://127.0.0.1:$port/$unique.img" || true
missing() { refused stack "IMAGE_URLS=http://127.0.0.1:$port/missing.img" 2>&1; }
check "an address with nothing behind it is named" holds "IMAGE_URLS: http://127.0.0.1:$port/missing.img" missing || true

# Characters that a file, a shell or a URL could stumble over.
password='New#pa;ss $w" %ord\1'
old=$(sed -n 's/^ADMIN_PASSWORD=//p' "$PASSWORD_FILE")
lines=()
for name in ADMIN_PASSWORD DATABASE_PASSWORD RABBIT_PASSWORD SERVICE_PASSWORD; do
    lines+=("$name='$password'")
done
before=$(cat "$PASSWORD_FILE")
must "stack.sh with other passwords" stack "${lines[@]}"
check "clouds.yaml has the new one" openstack token issue || true
check "openrc, too" bash -c '. "$0" admin admin && [ "$OS_PASSWORD" = "$1" ] && openstack token issue' \
    "$top/devstack/openrc" "$password" || true
check "and the demo user" env OS_CLOUD=devstack openstack token issue || true
check "the old one is refused" refused openstack --os-password "$old" token issue || true
up() { openstack compute service list -f json | jq -e 'all(.[]; .State == "up")'; }
check "the daemons work with theirs" eventually 30 up || true
check "apus doctor finds no difference" apus doctor || true

mapfile -t lines < <(grep -E '^(ADMIN|DATABASE|RABBIT|SERVICE)_PASSWORD=' <<< "$before" | sed "s/'/'\\\\''/g; s/=\(.*\)/='\1'/")
must "stack.sh with the first passwords" stack "${lines[@]}"
check "which are valid again" openstack token issue || true
summary "settings"
