# shellcheck shell=bash
# What the person at the terminal sees: one line a step, and on failure the log that matters.

STEP_STARTED=0

if [ -t 1 ]; then OUTPUT_IS_TERMINAL=1; else OUTPUT_IS_TERMINAL=; fi

# step NAME COMMAND...: runs it with its output in a log; shows the name, a moving clock, and how long it took.
step() {
    local name=$1 log pid status=0
    shift
    STEP_STARTED=$SECONDS
    log=$APUS_LOGS/stack/$(echo "$name" | tr -cs '[:alnum:]' '-' | sed 's/-$//').log
    mkdir -p "$(dirname "$log")"
    : > "$log"
    [ -n "$OUTPUT_IS_TERMINAL" ] || printf '  %-42s' "$name"
    # In the background, so that the clock can move; without our lock, which what it starts must not hold.
    ("$@") > "$log" 2>&1 < /dev/null 9>&- &
    pid=$!
    while kill -0 "$pid" 2> /dev/null; do
        if [ -n "$OUTPUT_IS_TERMINAL" ]; then
            printf '\r\033[K  %-42s %3d s  %s' "$name" $((SECONDS - STEP_STARTED)) "$(last_line "$log")"
        elif [ $((SECONDS - STEP_STARTED)) -ge 60 ] && [ $(((SECONDS - STEP_STARTED) % 60)) -eq 0 ]; then
            printf '\n    %d s: %s' $((SECONDS - STEP_STARTED)) "$(last_line "$log")"
            sleep 1
        fi
        sleep 0.2
    done
    wait "$pid" || status=$?
    if [ -n "$OUTPUT_IS_TERMINAL" ]; then printf '\r\033[K  %-42s' "$name"; fi
    if [ "$status" -ne 0 ]; then
        printf ' FAILED after %d s\n' $((SECONDS - STEP_STARTED))
        show_failure "$log"
        exit 1
    fi
    printf ' %3d s%s\n' $((SECONDS - STEP_STARTED)) "$(step_note "$log")"
}

# note TEXT: from inside a step, what is shown behind it when it is done.
note() { echo "NOTE: $*"; }

step_note() {
    local text
    text=$(sed -n 's/^NOTE: //p' "$1" | tail -n 1)
    [ -z "$text" ] || printf '  (%s)' "$text"
}

last_line() { tail -n 1 "$1" 2> /dev/null | tr -d '\r\033' | cut -c1-60; }

# show_failure LOG: its last lines, and those of a daemon's log that the step named with "LOG: FILE".
show_failure() {
    local other
    echo "  the last lines of $1:"
    tail -n 25 "$1" | sed 's/^/    | /'
    other=$(sed -n 's/^LOG: //p' "$1" | tail -n 1)
    if [ -n "$other" ] && [ -s "$other" ]; then
        echo "  the last lines of $other:"
        tail -n 25 "$other" | sed 's/^/    | /'
    fi
}

fail() {
    echo "$*" >&2
    exit 1
}
