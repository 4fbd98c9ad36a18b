# shellcheck shell=bash
# A private MariaDB: own data folder and Unix socket, no TCP. Needs process.sh.
#
# DIR/data, DIR/mariadb.sock, DIR/mariadb.pid, DIR/mariadb.log

# mariadb_start DIR [USER [OPTION...]]: as USER if given; "name" of the process is mariadb.
mariadb_start() {
    local dir=$1 user=${2:-} options=() install=(--auth-root-authentication-method=normal)
    shift
    [ $# -eq 0 ] || shift
    if process_alive "$dir/mariadb.pid"; then return 0; fi
    mkdir -p "$dir"
    if [ -n "$user" ]; then
        chown "$user" "$dir"
        # Root of the machine is root of the database, by the socket; no password to keep.
        install=(--auth-root-authentication-method=socket --auth-root-socket-user=root)
    elif [ "$(id -u)" = 0 ]; then
        user=root
    fi
    [ -z "$user" ] || options+=(--user="$user")
    if [ ! -e "$dir/data/.made" ]; then
        rm -rf "$dir/data"
        TMPDIR=$dir mariadb-install-db --no-defaults --datadir="$dir/data" --skip-test-db \
            "${install[@]}" "${options[@]}" > "$dir/mariadb-install.log" 2>&1 || {
            tail -n 20 "$dir/mariadb-install.log" >&2
            return 1
        }
        touch "$dir/data/.made"
    fi
    rm -f "$dir/mariadb.sock"
    process_start mariadb "$dir/mariadb.pid" "$dir/mariadb.log" \
        "$(command -v mariadbd || echo /usr/sbin/mariadbd)" --no-defaults --datadir="$dir/data" \
        --socket="$dir/mariadb.sock" --skip-networking --pid-file="$dir/data/mariadb.pid" \
        --character-set-server=utf8mb4 --max-connections=400 --skip-log-bin \
        --innodb-buffer-pool-size=256M --innodb-flush-log-at-trx-commit=2 \
        --tmpdir="$dir" --skip-name-resolve "${options[@]}" "$@" || return 1
    mariadb_wait "$dir" || {
        tail -n 20 "$dir/mariadb.log" >&2
        return 1
    }
}

mariadb_answers() { mariadb_sql "$1" -e 'SELECT 1'; }

# mariadb_wait DIR: until it answers; false at once if it has died.
mariadb_wait() {
    local deadline=$((SECONDS + 60))
    until mariadb_answers "$1" > /dev/null 2>&1; do
        process_alive "$1/mariadb.pid" && [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

# mariadb_sql DIR ARGUMENT...: the client, as root of that server (SQL from stdin or -e).
mariadb_sql() {
    local dir=$1
    shift
    mariadb --no-defaults --socket="$dir/mariadb.sock" --user=root "$@"
}

mariadb_stop() { process_stop "$1/mariadb.pid" 60; }
