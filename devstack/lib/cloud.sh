# shellcheck shell=bash
# What a fresh cloud is expected to have: cloud.py makes it through the APIs.

DEMO_KEY=$STACK/demo.key

cloud_settings() {
    local file images=()
    images=("apus-guest" "$GUEST_IMAGE")
    for file in "$STACK"/images/*; do
        case $file in *.part | *'*') continue ;; esac
        images+=("$(basename "${file%.*}")" "$file")
    done
    jq -n --arg password "$ADMIN_PASSWORD" --arg fixed "$FIXED_RANGE" --arg floating "$FLOATING_RANGE" \
        --arg gateway "$PUBLIC_NETWORK_GATEWAY" --arg public "$PUBLIC_NETWORK_NAME" \
        --arg private "$PRIVATE_NETWORK_NAME" --arg clouds "$STACK/clouds.yaml" --arg key "$DEMO_KEY.pub" \
        --arg address "$STACK/demo-address" --arg server "${DEMO_SERVER:-True}" --arg stopped "$STOPPED_GUESTS" \
        '{password: $password, fixed_range: $fixed, floating_range: $floating, public_gateway: $gateway,
          public_network: $public, private_network: $private, clouds: $clouds, public_key: $key,
          address_file: $address, stopped_guests: $stopped, demo_server: ($server == "True"),
          images: [$ARGS.positional | _nwise(2)]}' --args "${images[@]}"
}

cloud_up() {
    [ -e "$DEMO_KEY" ] || ssh-keygen -q -t ecdsa -N '' -C demo -f "$DEMO_KEY"
    (
        umask 077
        cloud_settings > "$STACK/cloud.json"
    )
    "$CLIENT/bin/python" "$DEVSTACK/lib/cloud.py" "$STACK/cloud.json" | tee "$STACK/cloud.made"
    if [ -s "$STACK/cloud.made" ]; then note "$(wc -l < "$STACK/cloud.made") things made"; else note "nothing to make"; fi
}
