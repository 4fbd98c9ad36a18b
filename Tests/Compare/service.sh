# shellcheck shell=bash
# shellcheck disable=SC2154 # run.sh sets work, here and the ports.
# A stock service of OpenStack at our identity: Debian's Glance, driven by Debian's openstack client. Needs glance.sh.

client() {
    OS_AUTH_URL=http://127.0.0.1:$IDENTITY_PORT/v3 OS_USERNAME=admin OS_PASSWORD=$ADMIN_PASSWORD \
        OS_PROJECT_NAME=admin OS_USER_DOMAIN_ID=default OS_PROJECT_DOMAIN_ID=default \
        OS_REGION_NAME=RegionOne OS_IDENTITY_API_VERSION=3 stock openstack "$@"
}

listed_endpoint() { client endpoint list --service image -f value -c URL | grep -x "http://127.0.0.1:$GLANCE_PORT"; }

upload() {
    head -c 300000 /dev/urandom > "$work/uploaded"
    client image create --disk-format raw --container-format bare --file "$work/uploaded" stock-image
}

download() {
    client image save --file "$work/downloaded" stock-image
    cmp "$work/uploaded" "$work/downloaded"
}

listed() { client image list -f value -c Name -c Status | grep -x 'stock-image active'; }

gone() {
    client image delete stock-image
    ! client image show stock-image
}

# Glance believes its cache of tokens for a while: this token is new, and void before Glance sees it.
revoked() {
    local token
    token=$(client token issue -f value -c id)
    client token revoke "$token"
    [ "$(curl -s -o "$work/answer" -w '%{http_code}' -H "X-Auth-Token: $token" \
        "http://127.0.0.1:$GLANCE_PORT/v2/images")" = 401 ]
}
