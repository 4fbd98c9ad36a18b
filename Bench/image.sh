#!/usr/bin/env bash
# Starts or stops identity and image on ports and a database of their own, with an nginx beside them: for image.py.
#
#   image.sh start DIR      prints what image.py needs to know, NAME=VALUE
#   image.sh stop DIR       stops what was started there
#
# nginx is Debian's package, unpacked in DIR and not installed. STOCK_DEBS names a folder that holds its packages, for
# machines without a network. APUS_BIN_PATH names the folder of the programs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/.." && pwd)
APUS_SUPERVISOR=plain
for part in devstack/lib/process devstack/lib/mariadb Tests/Compare/ours; do
    # shellcheck source=/dev/null
    . "$top/$part.sh"
done
[ $# -eq 2 ] || {
    sed -n '2,8p' "${BASH_SOURCE[0]}" >&2
    exit 2
}
mkdir -p "$2"
work=$(cd "$2" && pwd)
BIN=${APUS_BIN_PATH:-/opt/apus-stack/bin}
ADMIN_PASSWORD=admin-secret
SERVICE_PASSWORD=service-secret

fresh_database() {
    mariadb_sql "$work/services" -e "DROP DATABASE IF EXISTS $1; CREATE DATABASE $1 CHARACTER SET utf8mb4"
}

nginx_program() {
    local debs=${STOCK_DEBS:-$work/debs} package
    if command -v nginx; then return; fi
    if [ -z "${STOCK_DEBS:-}" ]; then
        mkdir -p "$debs"
        (cd "$debs" && apt-get -q download nginx > "$work/nginx.log" 2>&1)
    fi
    for package in "$debs"/nginx_*.deb; do dpkg-deb -x "$package" "$work/nginx"; done
    echo "$work/nginx/usr/sbin/nginx"
}

nginx_up() {
    local program
    program=$(nginx_program)
    NGINX_PORT=$(free_port 15600)
    mkdir -p "$work/nginx/temporary" "$work/files"
    cat > "$work/nginx/nginx.conf" << CONF
daemon off;
master_process off;
pid $work/nginx/own.pid;
error_log stderr;
events {}
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path $work/nginx/temporary;
    proxy_temp_path $work/nginx/temporary;
    fastcgi_temp_path $work/nginx/temporary;
    uwsgi_temp_path $work/nginx/temporary;
    scgi_temp_path $work/nginx/temporary;
    server {
        listen 127.0.0.1:$NGINX_PORT;
        root $work/files;
    }
}
CONF
    process_start nginx "$work/nginx.pid" "$work/nginx.log" "$program" -e stderr -c "$work/nginx/nginx.conf"
    wait_until 20 port_is_taken "$NGINX_PORT"
}

start() {
    "$top/Tests/Support/services.sh" start "$work/services"
    AMQP_URL=$("$top/Tests/Support/services.sh" env "$work/services" | sed -n 's/^export APUS_TEST_RABBITMQ_URL=//p')
    identity_up
    image_up
    nginx_up
}

stop() {
    local name
    for name in nginx image identity; do process_stop "$work/$name.pid"; done
    "$top/Tests/Support/services.sh" stop "$work/services"
}

case $1 in
    start)
        start > "$work/up.log" 2>&1 || {
            tail -n 20 "$work"/*.log >&2
            exit 1
        }
        echo "AUTH_URL=http://127.0.0.1:$IDENTITY_PORT/v3"
        echo "PASSWORD=$ADMIN_PASSWORD"
        echo "IMAGE=http://127.0.0.1:$IMAGE_PORT"
        echo "NGINX=http://127.0.0.1:$NGINX_PORT"
        ;;
    stop) stop ;;
esac
