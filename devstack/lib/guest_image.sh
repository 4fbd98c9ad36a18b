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
    local url file fetched=0
    mkdir -p "$STACK/images"
    for url in ${IMAGE_URLS//,/ }; do
        file=${url%%[?#]*}
        file=$STACK/images/${file##*/}
        if [ -e "$file" ]; then continue; fi
        echo "fetching $url"
        curl -fL --retry 3 --no-progress-meter -o "$file.part" "$url" || {
            rm -f "$file.part"
            fail "IMAGE_URLS: $url cannot be fetched; correct it in local.conf, or take it out"
        }
        mv "$file.part" "$file"
        fetched=$((fetched + 1))
    done
    if [ -n "$IMAGE_URLS" ]; then note "$fetched fetched"; fi
}
