# shellcheck shell=bash
# Writes /etc/apus/NAME.conf for the eight daemons. A file is replaced only when its content changes.
#
# An operator's own settings belong into /etc/apus/NAME.conf.d/*.conf, which is read after it and left alone.

section() { printf '\n[%s]\n' "$1"; }

# setting NAME VALUE
setting() { printf '%s = %s\n' "$1" "$2"; }

common_sections() {
    section DEFAULT
    setting host "$HOST_NAME"
    setting log_format text
    setting log_level "${APUS_LOG_LEVEL:-info}"
    section admin
    setting bind 127.0.0.1
    setting port "$(admin_port "$1")"
}

api_section() {
    section api
    setting bind "$HOST_IP"
    setting port "$1"
}

database_section() {
    section database
    setting socket "$STACK/services/mariadb/mariadb.sock"
    setting name "$1"
    setting user "$1"
    setting password "$DATABASE_PASSWORD"
}

messaging_section() {
    section messaging
    setting host "$HOST_IP"
    setting port "$RABBIT_PORT"
    setting user apus
    setting password "$RABBIT_PASSWORD"
}

cache_section() {
    section cache
    setting servers "127.0.0.1:$MEMCACHED_PORT"
    setting secret "$CACHE_SECRET"
}

# identity_section USER: whom this daemon is to the others.
identity_section() {
    section identity
    setting auth_url "http://$SERVICE_HOST:5000/v3"
    setting username "$1"
    setting password "$SERVICE_PASSWORD"
    setting project_name service
    setting region_name "$REGION_NAME"
}

identity_conf() {
    common_sections identity
    api_section 5000
    database_section identity
    messaging_section
    cache_section
    section fernet_tokens
    setting key_repository "$APUS_STATE/identity/fernet-keys"
    section credential
    setting key_repository "$APUS_STATE/identity/credential-keys"
    section auth
    setting methods external,password,token,oauth1,mapped,application_credential,ec2credential,totp,openid
}

image_conf() {
    common_sections image
    api_section 9292
    database_section image
    messaging_section
    cache_section
    identity_section glance
    section image
    setting data_dir "$APUS_STATE/image"
}

block_storage_conf() {
    common_sections block-storage
    api_section 8776
    database_section block_storage
    messaging_section
    cache_section
    identity_section cinder
    section block_storage
    setting state_path "$APUS_STATE/block-storage"
    setting tgt_control_port "$TGT_CONTROL_PORT"
    setting iscsi_portal "$HOST_IP:$ISCSI_PORT"
}

network_conf() {
    common_sections network
    api_section 9696
    database_section network
    messaging_section
    cache_section
    identity_section neutron
    section network
    setting physical_networks public
    section ovn
    setting ovn_nb_connection unix:/var/run/ovn/ovnnb_db.sock
    setting ovn_sb_connection unix:/var/run/ovn/ovnsb_db.sock
}

scheduler_conf() {
    common_sections scheduler
    api_section 8778
    database_section placement
    messaging_section
    cache_section
    identity_section placement
}

conductor_conf() {
    common_sections conductor
    database_section compute
    messaging_section
    cache_section
    identity_section nova
}

compute_api_conf() {
    common_sections compute-api
    api_section 8774
    database_section compute
    messaging_section
    cache_section
    identity_section nova
    section metadata
    setting bind "$HOST_IP"
    setting shared_secret "$METADATA_SECRET"
}

compute_agent_conf() {
    common_sections compute-agent
    messaging_section
    cache_section
    identity_section nova
    section compute_agent
    setting state_path "$APUS_STATE/compute-agent"
    setting host_ip "$HOST_IP"
    section libvirt
    setting virt_type "$VIRT_TYPE"
    section metadata
    setting api_url "http://$HOST_IP:8775"
    setting shared_secret "$METADATA_SECRET"
}

# known_sections NAME: of the text on stdin, those sections that the daemon has; it would refuse the others.
known_sections() {
    local groups
    groups=$("$STACK_BIN/$1" --print-sample | sed -n 's/^\[\(.*\)\]$/\1/p' | tr '\n' ' ')
    [ -n "$groups" ] || fail "$1 does not describe its settings"
    awk -v groups=" $groups" '
        /^\[/ { name = $0; gsub(/[][]/, "", name); drop = index(groups, " " name " ") == 0 }
        !drop { print }
    '
}

configuration_up() {
    local name changed=0
    mkdir -p "$APUS_CONFIG"
    chmod 700 "$APUS_CONFIG"
    for name in $DAEMONS; do
        (
            umask 077
            {
                echo "# Written by devstack/stack.sh. Own settings: $APUS_CONFIG/$name.conf.d/*.conf"
                "${name//-/_}_conf" | known_sections "$name"
            } > "$APUS_CONFIG/$name.conf.new"
        )
        if cmp -s "$APUS_CONFIG/$name.conf.new" "$APUS_CONFIG/$name.conf"; then
            rm "$APUS_CONFIG/$name.conf.new"
        else
            mv "$APUS_CONFIG/$name.conf.new" "$APUS_CONFIG/$name.conf"
            changed=$((changed + 1))
        fi
        mkdir -p "$APUS_STATE/$name"
    done
    note "$changed changed"
}
