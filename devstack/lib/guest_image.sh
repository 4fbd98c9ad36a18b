# shellcheck shell=bash
# The guest disk: built once, from Debian packages; and other images that local.conf names.

GUEST_IMAGE=$STACK/apus-guest.qcow2

guest_image_up() {
    if [ -n "${APUS_GUEST_IMAGE:-}" ]; then
        mkdir -p "$STACK"
        cmp -s "$APUS_GUEST_IMAGE" "$GUEST_IMAGE" || cp "$APUS_GUEST_IMAGE" "$GUEST_IMAGE"
        note "$APUS_GUEST_IMAGE"
    elif [ ! -e "$GUEST_IMAGE" ]; then
        "$DEVSTACK/guest-image/build.sh" "$GUEST_IMAGE"
    else
        note "built before"
    fi
}

# image_urls_up: fetches what IMAGE_URLS lists, separated by commas or spaces.
image_urls_up() {
    local url file
    mkdir -p "$STACK/images"
    for url in ${IMAGE_URLS//,/ }; do
        file=$STACK/images/${url##*/}
        [ -e "$file" ] || {
            curl -fL --retry 3 -o "$file.part" "$url"
            mv "$file.part" "$file"
        }
    done
}
