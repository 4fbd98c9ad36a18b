# shellcheck shell=bash
# shellcheck disable=SC2154 # run.sh sets work, here and the ports.
# A stock service of OpenStack at our identity: Debian's Glance, driven by Debian's openstack client. Needs glance.sh.
#
# `check` runs these where a failure does not end them: each command that must succeed says so.

client() {
    OS_AUTH_URL=http://127.0.0.1:$IDENTITY_PORT/v3 OS_USERNAME=admin OS_PASSWORD=$ADMIN_PASSWORD \
        OS_PROJECT_NAME=admin OS_USER_DOMAIN_ID=default OS_PROJECT_DOMAIN_ID=default \
        OS_REGION_NAME=RegionOne OS_IDENTITY_API_VERSION=3 stock openstack "$@"
}

listed_endpoint() { client endpoint list --service image -f value -c URL | grep -x "http://127.0.0.1:$GLANCE_PORT"; }

upload() {
    head -c 300000 /dev/urandom > "$work/uploaded" || return 1
    client image create --disk-format raw --container-format bare --file "$work/uploaded" stock-image
}

download() {
    rm -f "$work/downloaded"
    client image save --file "$work/downloaded" stock-image || return 1
    cmp "$work/uploaded" "$work/downloaded"
}

listed() { client image list -f value -c Name -c Status | grep -x 'stock-image active'; }

gone() {
    local left
    client image delete stock-image || return 1
    # Not `image show`, which fails for other reasons too.
    left=$(client image list -f value -c Name) || return 1
    ! grep -x stock-image <<< "$left"
}

# Glance believes its cache of tokens for a while: this token is new, and void before Glance sees it.
revoked() {
    local token
    token=$(client token issue -f value -c id) && [ -n "$token" ] || return 1
    client token revoke "$token" || return 1
    [ "$(curl -s -o "$work/answer" -w '%{http_code}' -H "X-Auth-Token: $token" \
        "http://127.0.0.1:$GLANCE_PORT/v2/images")" = 401 ]
}
