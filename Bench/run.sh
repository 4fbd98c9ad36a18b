#!/usr/bin/env bash
# Measures Apus, each figure beside its limit, on the cloud of this machine (root).
#
#   Bench/run.sh [--only PART,...] [--json FILE]    parts: startup memory rpc get detail identity image
#   Bench/run.sh --cloud [--json FILE]              times requests of any OpenStack cloud: OS_AUTH_URL, OS_USERNAME, …
#
# Compiles for release (APUS_SCRATCH_PATH, default .build), brings the cloud up with that build and leaves it running;
# for the parts identity and image no cloud.
# APUS_BIN_PATH names a folder with finished programs instead. The status is 1 when a limit is missed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1:-}" = --cloud ]; then
    shift
    exec python3 "$here/cloud.py" "$@"
fi
# shellcheck source=devstack/lib/settings.sh
. "$here/../devstack/lib/settings.sh"
# shellcheck source=devstack/lib/build.sh
. "$here/../devstack/lib/build.sh"
# Identity and image are measured on daemons of their own.
needs_cloud=1
programs=()
case " $* " in
    *" --only identity "*)
        needs_cloud=
        programs=(identity apus bench-bcrypt)
        ;;
    *" --only image "*) needs_cloud= ;;
esac
[ "$(id -u)" = 0 ] || [ "${#programs[@]}" -gt 0 ] || fail "Bench/run.sh must run as root, as stack.sh does"
for program in wrk mariadb python3 curl; do
    command -v "$program" > /dev/null || fail "$program is missing: apt-get install wrk mariadb-client python3 curl"
done
if [ -z "${APUS_BIN_PATH:-}" ]; then
    export APUS_BUILD=release
    APUS_SCRATCH_PATH=${APUS_SCRATCH_PATH:-$TOP/.build}
    swift=$(swift_command)
    cd "$TOP"
    if [ "${#programs[@]}" -eq 0 ]; then "$swift" build -c release --scratch-path "$APUS_SCRATCH_PATH"; fi
    for program in "${programs[@]}"; do
        "$swift" build -c release --scratch-path "$APUS_SCRATCH_PATH" --product "$program"
    done
    APUS_BIN_PATH=$("$swift" build -c release --scratch-path "$APUS_SCRATCH_PATH" --show-bin-path)
fi
export APUS_BIN_PATH
[ -z "$needs_cloud" ] || "$DEVSTACK/stack.sh"
exec python3 "$here/bench.py" "$@"
