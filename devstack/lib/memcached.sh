# shellcheck shell=bash
# A private memcached on the loopback address. Needs process.sh.

# memcached_start DIR PORT [USER]
memcached_start() {
    local dir=$1 port=$2 user=${3:-} options=()
    if process_alive "$dir/memcached.pid"; then return 0; fi
    mkdir -p "$dir"
    [ "$(id -u)" != 0 ] || options+=(-u "${user:-root}")
    process_start memcached "$dir/memcached.pid" "$dir/memcached.log" \
        memcached -l 127.0.0.1 -p "$port" -U 0 -m 64 -c 1024 "${options[@]}" || return 1
    wait_until 10 port_is_taken "$port" || {
        tail -n 20 "$dir/memcached.log" >&2
        return 1
    }
}

memcached_stop() { process_stop "$1/memcached.pid"; }
