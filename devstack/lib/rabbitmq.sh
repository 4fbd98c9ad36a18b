# shellcheck shell=bash
# A private RabbitMQ broker: own node name, ports, epmd, cookie and database. Needs process.sh.
#
# DIR/rabbitmq/{rabbitmq.conf,environment,mnesia,log}, DIR/rabbitmq.pid, DIR/epmd.pid

# rabbitmq_configure DIR ADDRESS PORT DIST_PORT EPMD_PORT [USER]
rabbitmq_configure() {
    local dir=$1/rabbitmq address=$2 port=$3 dist=$4 epmd=$5 user=${6:-}
    mkdir -p "$dir/mnesia" "$dir/log" "$dir/home"
    : > "$dir/enabled_plugins"
    # A broker without a cluster_name looks its host's name up for every connection: seconds where no resolver answers.
    cat > "$dir/rabbitmq.conf" << CONF
listeners.tcp.1 = $address:$port
num_acceptors.tcp = 4
disk_free_limit.absolute = 200MB
vm_memory_high_watermark.relative = 0.3
log.console = true
log.console.level = info
log.file = false
loopback_users.guest = true
collect_statistics = none
cluster_name = apus$port
CONF
    # Names and addresses of the loopback interface only: nothing here depends on the host's resolver.
    cat > "$dir/environment" << ENV
HOME=$dir/home
RABBITMQ_NODENAME=apus$port@localhost
RABBITMQ_CONFIG_FILE=$dir/rabbitmq.conf
RABBITMQ_ADVANCED_CONFIG_FILE=$dir/advanced.config
RABBITMQ_CONF_ENV_FILE=$dir/none
RABBITMQ_MNESIA_BASE=$dir/mnesia
RABBITMQ_LOG_BASE=$dir/log
RABBITMQ_ENABLED_PLUGINS_FILE=$dir/enabled_plugins
RABBITMQ_PID_FILE=$dir/node.pid
RABBITMQ_DIST_PORT=$dist
ERL_EPMD_PORT=$epmd
ERL_EPMD_ADDRESS=127.0.0.1
RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none
RABBITMQ_CTL_ERL_ARGS=+sbwt none
LC_ALL=C.UTF-8
PATH=$PATH
ENV
    echo "$user" > "$dir/user"
    if [ -n "$user" ] && [ "$(id -u)" = 0 ]; then chown -R "$user" "$dir"; fi
}

# rabbitmq_run DIR COMMAND...: runs a command with the broker's environment and as its user.
rabbitmq_run() {
    local dir=$1/rabbitmq user environment
    shift
    user=$(cat "$dir/user")
    mapfile -t environment < "$dir/environment"
    (cd "$dir" && as_user "$user" env -i "${environment[@]}" "$@")
}

# rabbitmq_ctl DIR ARGUMENT...: rabbitmqctl for that broker.
rabbitmq_ctl() {
    local dir=$1
    shift
    rabbitmq_run "$dir" /usr/lib/rabbitmq/bin/rabbitmqctl "$@"
}

# rabbitmq_process DIR NAME PIDFILE LOG COMMAND...: starts a command of the broker in the background.
rabbitmq_process() {
    local dir=$1 name=$2 pidfile=$3 log=$4 user environment words=()
    shift 4
    user=$(cat "$dir/rabbitmq/user")
    mapfile -t environment < "$dir/rabbitmq/environment"
    if [ -n "$user" ] && [ "$(id -u)" = 0 ]; then
        words=(setpriv --reuid="$user" --regid="$user" --init-groups)
    fi
    process_start "$name" "$pidfile" "$log" "${words[@]}" env -i "${environment[@]}" "$@"
}

# rabbitmq_start DIR: what rabbitmq_configure described; true when it takes connections.
rabbitmq_start() {
    local dir=$1 epmd port
    epmd=$(sed -n 's/^ERL_EPMD_PORT=//p' "$dir/rabbitmq/environment")
    rabbitmq_process "$dir" rabbitmq-epmd "$dir/epmd.pid" "$dir/epmd.log" \
        "$(command -v epmd)" -address 127.0.0.1 -port "$epmd" || return 1
    wait_until 10 port_is_taken "$epmd" || return 1
    rabbitmq_process "$dir" rabbitmq "$dir/rabbitmq.pid" "$dir/rabbitmq.log" \
        /usr/lib/rabbitmq/bin/rabbitmq-server || return 1
    port=$(sed -n 's/^listeners.tcp.1 = .*:\([0-9]*\)$/\1/p' "$dir/rabbitmq/rabbitmq.conf")
    rabbitmq_wait "$dir" "$port" || {
        tail -n 20 "$dir/rabbitmq.log" >&2
        return 1
    }
}

rabbitmq_wait() {
    local deadline=$((SECONDS + 90))
    # The listener opens last, when the broker is ready.
    until [ -n "$(ss -Htln "sport = :$2")" ]; do
        process_alive "$1/rabbitmq.pid" && [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

# rabbitmq_stop DIR: the broker, not its epmd.
rabbitmq_stop() {
    local dir=$1 node
    # The Erlang VM is a child of the start script: it is the one to be asked, and to wait for.
    if [ -s "$dir/rabbitmq/node.pid" ] && process_alive "$dir/rabbitmq.pid"; then
        node=$(cat "$dir/rabbitmq/node.pid") # no newline at its end
        if [ -n "$node" ]; then process_record "$dir/rabbitmq-node.pid" "$node" || true; fi
    fi
    [ ! -e "$dir/rabbitmq-node.pid" ] || process_stop "$dir/rabbitmq-node.pid" 30
    process_stop "$dir/rabbitmq.pid" 10
}

rabbitmq_stop_epmd() { process_stop "$1/epmd.pid" 5; }
