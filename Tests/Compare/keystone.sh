# shellcheck shell=bash
# shellcheck disable=SC2154 # run.sh sets work, here and the ports.
# A Keystone of Debian's packages, bootstrapped, on $KEYSTONE_PORT. Needs process.sh, mariadb.sh and stock.sh beside it.

keystone_conf() {
    cat << CONF
[DEFAULT]
use_stderr = true
[auth]
methods = external,password,token,oauth1,mapped,application_credential,totp
[cache]
enabled = true
backend = oslo_cache.dict
[credential]
key_repository = $work/keystone/credential-keys
# Its cached credentials hold database objects, which this cache cannot copy.
caching = false
[database]
connection = $(stock_connection keystone)
[fernet_tokens]
key_repository = $work/keystone/fernet-keys
[identity]
password_hash_rounds = 4
[oslo_messaging_notifications]
driver = noop
CONF
}

keystone_manage() { stock keystone-manage --config-file "$work/keystone/keystone.conf" "$@"; }

keystone_answers() { curl -s -m 10 -o "$work/keystone/answer" "http://127.0.0.1:$KEYSTONE_PORT/v3"; }

# keystone_up: a new one each time.
keystone_up() {
    local owner
    owner=(--keystone-user "$(id -un)" --keystone-group "$(id -gn)")
    keystone_down
    KEYSTONE_PORT=${KEYSTONE_PORT:-$(free_port 15000)}
    mkdir -p "$work/keystone"
    fresh_database keystone
    keystone_conf > "$work/keystone/keystone.conf"
    keystone_manage db_sync
    [ -e "$work/keystone/fernet-keys/0" ] || keystone_manage fernet_setup "${owner[@]}"
    [ -e "$work/keystone/credential-keys/0" ] || keystone_manage credential_setup "${owner[@]}"
    OS_BOOTSTRAP_PASSWORD=$ADMIN_PASSWORD keystone_manage bootstrap --bootstrap-username admin \
        --bootstrap-project-name admin --bootstrap-role-name admin --bootstrap-service-name keystone \
        --bootstrap-region-id RegionOne --bootstrap-public-url "http://127.0.0.1:$KEYSTONE_PORT/v3" \
        --bootstrap-internal-url "http://127.0.0.1:$KEYSTONE_PORT/v3" \
        --bootstrap-admin-url "http://127.0.0.1:$KEYSTONE_PORT/v3"
    OS_KEYSTONE_CONFIG_FILES=$work/keystone/keystone.conf process_start keystone "$work/keystone.pid" \
        "$work/keystone.log" "$here/stock.sh" run "$STOCK" keystone-wsgi-public --host 127.0.0.1 --port "$KEYSTONE_PORT"
    wait_until 60 keystone_answers
}

keystone_down() { process_stop "$work/keystone.pid"; }
