# shellcheck shell=bash
# shellcheck disable=SC2154 # run.sh sets work, here and the ports.
# A Glance of Debian's packages whose keystonemiddleware asks our identity. Needs process.sh, mariadb.sh, ours.sh.

glance_conf() {
    cat << CONF
[DEFAULT]
use_stderr = true
enforce_secure_rbac = true
bind_host = 127.0.0.1
bind_port = $GLANCE_PORT
workers = 0
enabled_backends = file:file
node_staging_uri = file://$work/glance/staging
show_multiple_locations = false
[database]
connection = $(stock_connection glance)
[file]
filesystem_store_datadir = $work/glance/data
store_description = Files
[glance_store]
default_backend = file
[os_glance_staging_store]
filesystem_store_datadir = $work/glance/staging
[os_glance_tasks_store]
filesystem_store_datadir = $work/glance/tasks
[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:$IDENTITY_PORT
auth_url = http://127.0.0.1:$IDENTITY_PORT
auth_type = password
username = glance
password = $SERVICE_PASSWORD
project_name = service
user_domain_name = Default
project_domain_name = Default
[oslo_messaging_notifications]
driver = noop
[oslo_policy]
enforce_scope = true
enforce_new_defaults = true
[paste_deploy]
flavor = keystone
config_file = $(stock_file usr/share/glance-common/glance-api-paste.ini)
CONF
}

glance_answers() { curl -s -m 10 -o "$work/glance/answer" "http://127.0.0.1:$GLANCE_PORT/versions"; }

glance_up() {
    glance_down
    GLANCE_PORT=${GLANCE_PORT:-$(free_port 15500)}
    rm -rf "$work/glance"
    mkdir -p "$work/glance/"{data,staging,tasks}
    fresh_database glance
    glance_conf > "$work/glance/glance-api.conf"
    stock glance-manage --config-file "$work/glance/glance-api.conf" db_sync
    process_start glance "$work/glance.pid" "$work/glance.log" \
        "$here/stock.sh" run "$STOCK" glance-api --config-file "$work/glance/glance-api.conf"
    wait_until 60 glance_answers
}

glance_down() { process_stop "$work/glance.pid"; }
