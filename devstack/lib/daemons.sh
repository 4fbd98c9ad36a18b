# shellcheck shell=bash
# The eight daemons: database schemas, first users, start, readiness, stop.

admin_port() {
    case $1 in
        identity) echo 9610 ;;
        compute-api) echo 9611 ;;
        conductor) echo 9612 ;;
        scheduler) echo 9613 ;;
        compute-agent) echo 9614 ;;
        image) echo 9615 ;;
        block-storage) echo 9616 ;;
        network) echo 9617 ;;
    esac
}

migrate_up() { "$STACK_BIN/apus" migrate all --config "$APUS_CONFIG"; }

bootstrap_up() {
    # Passwords travel in the environment: arguments are seen by every user of the machine.
    APUS_ADMIN_PASSWORD=$ADMIN_PASSWORD APUS_SERVICE_PASSWORD=$SERVICE_PASSWORD APUS_DEMO_PASSWORD=$ADMIN_PASSWORD \
        "$STACK_BIN/apus" bootstrap --config "$APUS_CONFIG/identity.conf" --demo \
        --region "$REGION_NAME" --host-ip "$SERVICE_HOST"
}

# daemon_stamp NAME: what a running daemon was started from; a change of it asks for a restart.
daemon_stamp() {
    {
        stat -Lc '%s %Y' "$STACK_BIN/$1"
        cat "$APUS_CONFIG/$1.conf"
        cat "$APUS_CONFIG/$1.conf.d/"*.conf 2> /dev/null || true
    } | sha256sum
}

daemon_start() {
    local name=$1 stamp
    stamp=$(daemon_stamp "$name")
    if process_alive "$APUS_RUN/$name.pid"; then
        [ "$(cat "$APUS_RUN/$name.stamp" 2> /dev/null)" != "$stamp" ] || return 0
        process_stop "$APUS_RUN/$name.pid"
    fi
    echo "starting $name"
    echo "$stamp" > "$APUS_RUN/$name.stamp"
    process_start "$name" "$APUS_RUN/$name.pid" "$APUS_LOGS/$name.log" \
        "$STACK_BIN/$name" --config "$APUS_CONFIG/$name.conf"
}

daemon_is_ready() { curl -sf -m 5 -o /dev/null "http://127.0.0.1:$(admin_port "$1")/readyz"; }

# daemons_up: all at once, then waits for each; one that dies is named with its log.
daemons_up() {
    local name deadline waiting left
    mkdir -p "$APUS_RUN" "$APUS_LOGS"
    namespaces_mount_up
    for name in $DAEMONS; do daemon_start "$name"; done
    deadline=$((SECONDS + 120))
    waiting=$DAEMONS
    while [ -n "$waiting" ]; do
        left=
        for name in $waiting; do
            if daemon_is_ready "$name"; then continue; fi
            if ! process_alive "$APUS_RUN/$name.pid"; then
                echo "LOG: $APUS_LOGS/$name.log"
                fail "$name has stopped"
            fi
            left="$left $name"
        done
        waiting=${left# }
        [ -n "$waiting" ] || break
        echo "waiting for $waiting"
        if [ "$SECONDS" -ge "$deadline" ]; then
            name=${waiting%% *}
            curl -s -m 5 "http://127.0.0.1:$(admin_port "$name")/readyz" || true
            echo "LOG: $APUS_LOGS/$name.log"
            fail "not ready after 120 s: $waiting"
        fi
        sleep 0.3
    done
}

daemons_down() {
    local name pid pids=()
    # All are asked first and waited for afterwards: they stop side by side.
    for name in $DAEMONS; do
        if process_alive "$APUS_RUN/$name.pid"; then
            read -r pid _ < "$APUS_RUN/$name.pid"
            kill -TERM "$pid" 2> /dev/null || true
        fi
    done
    for name in $DAEMONS; do
        process_stop "$APUS_RUN/$name.pid" 30 || return 1
        rm -f "$APUS_RUN/$name.stamp"
    done
}

# namespaces_mount_up: notes whether the folder of network namespaces is a mount already; the first namespace makes it one.
namespaces_mount_up() { mountpoint -q /run/netns || is_ours namespaces-mount || remember namespaces-mount; }

# metadata_namespaces_down: the network namespaces in which the agent answered guests.
metadata_namespaces_down() {
    local name
    # Where OVN was there before us, namespaces of this name may be somebody else's.
    if is_ours ovn-settings; then
        for name in $(ip netns list | awk '/^ovnmeta-/ { print $1 }'); do ip netns delete "$name"; done
    fi
    if is_ours namespaces-mount && mountpoint -q /run/netns && [ -z "$(ls -A /run/netns)" ]; then
        umount /run/netns
        rmdir /run/netns
    fi
    forget namespaces-mount
}
