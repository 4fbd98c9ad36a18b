# shellcheck shell=bash
# Steps of an end-to-end script: each runs a command, says how long it took, and counts.
#
# A script sources this, calls `check` and ends with `summary`, which decides its exit status.

PASSED=0
FAILED=0
CHECK_LOG=$(mktemp)

# check NAME COMMAND...: passes when the command succeeds. What it prints is shown only on failure.
check() {
    local name=$1 start=$SECONDS status=0
    shift
    "$@" > "$CHECK_LOG" 2>&1 < /dev/null || status=$?
    if [ "$status" -eq 0 ]; then
        PASSED=$((PASSED + 1))
        printf '  ok    %-58s %3d s\n' "$name" $((SECONDS - start))
    else
        FAILED=$((FAILED + 1))
        printf '  FAIL  %-58s %3d s\n' "$name" $((SECONDS - start))
        printf '        %s\n' "\$ $*"
        tail -n 15 "$CHECK_LOG" | sed 's/^/        | /'
    fi
    return "$status"
}

# must NAME COMMAND...: as check; what follows makes no sense without it, so a failure ends the script.
must() { check "$@" || exit 1; }

# eventually SECONDS COMMAND...: again and again until it succeeds.
eventually() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "not so after waiting: $*"
            return 1
        fi
        sleep 1
    done
}

# equals EXPECTED COMMAND...: whether the command prints just that.
equals() {
    local expected=$1 got
    shift
    got=$("$@") || return 1
    if [ "$got" != "$expected" ]; then
        echo "expected: $expected"
        echo "got: $got"
        return 1
    fi
}

# holds TEXT COMMAND...: whether what the command prints contains the text.
holds() {
    local text=$1 got
    shift
    got=$("$@") || return 1
    case $got in *"$text"*) return 0 ;; esac
    echo "\"$text\" is not in:"
    echo "$got" | tail -n 12
    return 1
}

# lacks TEXT COMMAND...: whether what the command prints does not contain the text.
lacks() {
    local text=$1 got
    shift
    got=$("$@") || return 1
    case $got in
        *"$text"*)
            echo "\"$text\" is still in:"
            echo "$got" | grep -F "$text" | head -n 5
            return 1
            ;;
    esac
}

# refused COMMAND...: whether it fails, as it should.
refused() {
    if "$@"; then
        echo "this succeeded: $*"
        return 1
    fi
}

summary() {
    rm -f "$CHECK_LOG"
    echo "$1: $PASSED passed, $FAILED failed"
    [ "$FAILED" -eq 0 ]
}
