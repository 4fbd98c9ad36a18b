# shellcheck shell=bash
# Compiles the daemons, or takes those that are there.
#
# APUS_BUILD=debug|release says how, APUS_SCRATCH_PATH where (a warm one is reused).
# APUS_BIN_PATH names a folder with finished programs: then nothing is compiled.

# swift_command: the swift beside swiftc. Debian's python3-swiftclient also installs a command named swift.
swift_command() {
    local compiler
    compiler=$(command -v swiftc) || compiler=$(compgen -G '/opt/swift*/usr/bin/swiftc' | head -n 1) ||
        fail "no Swift compiler: put swiftc (6.1 or later) into PATH"
    compiler=$(dirname "$(realpath "$compiler")")/swift
    [ -x "$compiler" ] || fail "there is no swift beside $(command -v swiftc)"
    echo "$compiler"
}

build_up() {
    local swift path name
    if [ -n "${APUS_BIN_PATH:-}" ]; then
        path=$APUS_BIN_PATH
    else
        swift=$(swift_command)
        cd "$TOP" || return 1
        "$swift" build -c "$APUS_BUILD" --scratch-path "$APUS_SCRATCH_PATH" || return 1
        path=$("$swift" build -c "$APUS_BUILD" --scratch-path "$APUS_SCRATCH_PATH" --show-bin-path)
    fi
    mkdir -p "$STACK_BIN"
    for name in $DAEMONS apus; do
        [ -x "$path/$name" ] || fail "$path/$name is missing"
        ln -sfn "$path/$name" "$STACK_BIN/$name"
    done
    note "$path"
}
