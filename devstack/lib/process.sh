# shellcheck shell=bash
# Processes that we start: each has a pid file, and is only ever stopped by it.
#
# A pid file holds the process id and the kernel's start time of that process, so that a number
# that was given to another process since is never mistaken for ours.
# Where systemd is PID 1 and APUS_SUPERVISOR is "systemd", a process is a transient unit apus-NAME.

APUS_SUPERVISOR=${APUS_SUPERVISOR:-plain}

# process_start_time PID: the start time of a process in clock ticks since boot, empty if it is gone.
process_start_time() {
    local stat
    { read -r stat < "/proc/$1/stat"; } 2> /dev/null || return 0
    # The command, in parentheses, may hold spaces: count the fields behind it.
    stat=${stat##*) }
    # shellcheck disable=SC2086
    set -- $stat
    # A zombie has ended already, whoever should have collected it.
    [ "$1" = Z ] || echo "${20}"
}

# process_alive PIDFILE: whether the process that was recorded there still runs.
process_alive() {
    local pid started
    [ -s "$1" ] || return 1
    read -r pid started < "$1" || return 1
    [ -n "$pid" ] && [ -n "$started" ] && [ "$(process_start_time "$pid")" = "$started" ]
}

# process_record PIDFILE PID
process_record() {
    local started
    started=$(process_start_time "$2")
    [ -n "$started" ] || return 1
    echo "$2 $started" > "$1"
}

# process_start NAME PIDFILE LOGFILE COMMAND...: starts it in the background, unless it runs already.
process_start() {
    local name=$1 pidfile=$2 log=$3 pid
    shift 3
    if process_alive "$pidfile"; then return 0; fi
    mkdir -p "$(dirname "$pidfile")" "$(dirname "$log")"
    if [ "$APUS_SUPERVISOR" = systemd ]; then
        systemctl reset-failed "apus-$name.service" 2> /dev/null || true
        systemd-run --quiet --unit="apus-$name" --collect --service-type=exec \
            -p "StandardOutput=append:$log" -p "StandardError=append:$log" \
            -p LimitNOFILE=65536 -p TimeoutStopSec=60 -p KillMode=mixed \
            --setenv="PATH=$PATH" --setenv="LC_ALL=C.UTF-8" "$@" || return 1
        pid=$(systemctl show -p MainPID --value "apus-$name.service")
    else
        LC_ALL=C.UTF-8 setsid "$@" < /dev/null >> "$log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
        pid=$!
        disown "$pid" 2> /dev/null || true
    fi
    process_record "$pidfile" "$pid"
}

# process_stop PIDFILE [SECONDS [SIGNAL]]: asks, waits, insists. True when nothing is left of it.
process_stop() {
    local pidfile=$1 seconds=${2:-20} signal=${3:-TERM} pid _ i
    if process_alive "$pidfile"; then
        read -r pid _ < "$pidfile"
        kill -"$signal" "$pid" 2> /dev/null || true
        for ((i = 0; i < seconds * 10; i++)); do
            process_alive "$pidfile" || break
            sleep 0.1
        done
        if process_alive "$pidfile"; then
            kill -KILL "$pid" 2> /dev/null || true
            for ((i = 0; i < 50; i++)); do
                process_alive "$pidfile" || break
                sleep 0.1
            done
        fi
        if process_alive "$pidfile"; then return 1; fi
    fi
    rm -f "$pidfile"
}

# wait_until SECONDS COMMAND...: runs it each 0.2 s until it succeeds.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

# port_is_free PORT: whether nothing listens on that TCP port of this machine.
port_is_free() {
    [ -z "$(ss -Htln "sport = :$1")" ]
}

port_is_taken() { ! port_is_free "$1"; }

# free_port FROM: the first free TCP port at or after it.
free_port() {
    local port=$1
    until port_is_free "$port"; do port=$((port + 1)); done
    echo "$port"
}

# as_user USER COMMAND...: the words that run a command as that user; without one, as it is.
as_user() {
    local user=$1
    shift
    if [ -n "$user" ] && [ "$(id -u)" = 0 ] && [ "$user" != root ]; then
        setpriv --reuid="$user" --regid="$user" --init-groups "$@"
    else
        "$@"
    fi
}
