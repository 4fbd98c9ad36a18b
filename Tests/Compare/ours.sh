# shellcheck shell=bash
# shellcheck disable=SC2154 # run.sh sets work, here and the ports.
# Apus' identity and image on ports of their own, with an empty database. Needs process.sh, mariadb.sh and $BIN.

ours_conf() {
    local name=$1
    cat << CONF
[DEFAULT]
log_format = text
[admin]
port = $2
[stories]
path = $work/$name/stories
[api]
bind = 127.0.0.1
port = $3
[database]
socket = $work/services/mariadb.sock
user = root
name = $name
[messaging]
url = $AMQP_URL
CONF
}

identity_conf() {
    ours_conf identity "$IDENTITY_ADMIN_PORT" "$IDENTITY_PORT"
    cat << CONF
[auth]
methods = external,password,token,oauth1,mapped,application_credential,totp
[fernet_tokens]
key_repository = $work/${1:-identity/fernet-keys}
[credential]
key_repository = $work/identity/credential-keys
[passwords]
hash_rounds = 4
CONF
}

image_conf() {
    ours_conf image "$IMAGE_ADMIN_PORT" "$IMAGE_PORT"
    cat << CONF
[identity]
auth_url = http://127.0.0.1:$IDENTITY_PORT/v3
username = glance
password = $SERVICE_PASSWORD
[image]
data_dir = $work/image/data
${IMAGE_SETTINGS:-}
CONF
}

ready() { curl -sf -m 5 -o "$work/ready" "http://127.0.0.1:$1/readyz"; }

# identity_up [FOLDER]: a new one each time, with the token keys of that folder of the run.
identity_up() {
    identity_down
    IDENTITY_PORT=${IDENTITY_PORT:-$(free_port 15100)}
    IDENTITY_ADMIN_PORT=${IDENTITY_ADMIN_PORT:-$(free_port 15200)}
    mkdir -p "$work/identity"
    fresh_database identity
    identity_conf "$@" > "$work/identity/identity.conf"
    "$BIN/apus" migrate identity --config "$work/identity/identity.conf"
    APUS_ADMIN_PASSWORD=$ADMIN_PASSWORD APUS_SERVICE_PASSWORD=$SERVICE_PASSWORD \
        "$BIN/apus" bootstrap --config "$work/identity/identity.conf" --host-ip 127.0.0.1
    process_start identity "$work/identity.pid" "$work/identity.log" \
        "$BIN/identity" --config "$work/identity/identity.conf"
    wait_until 60 ready "$IDENTITY_ADMIN_PORT"
}

image_up() {
    image_down
    IMAGE_PORT=${IMAGE_PORT:-$(free_port 15300)}
    IMAGE_ADMIN_PORT=${IMAGE_ADMIN_PORT:-$(free_port 15400)}
    rm -rf "$work/image"
    mkdir -p "$work/image"
    fresh_database image
    image_conf > "$work/image/image.conf"
    "$BIN/apus" migrate image --config "$work/image/image.conf"
    process_start image "$work/image.pid" "$work/image.log" "$BIN/image" --config "$work/image/image.conf"
    wait_until 60 ready "$IMAGE_ADMIN_PORT"
}

identity_down() { process_stop "$work/identity.pid"; }

image_down() { process_stop "$work/image.pid"; }
