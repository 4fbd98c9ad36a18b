#!/usr/bin/env bash
# The request fuzzer on the cloud of this machine: wrong requests to every service, over each operation's own
# schema and beside it. Its last line has the counts; findings come with a command that repeats them.
#
#   run.sh [OPTIONS OF apus-fuzz]     default: 1,000 requests for each service, seed 1
#
# The program is taken from APUS_SCRATCH_PATH (.build when unset), and built when it is not there.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=${APUS_SCRATCH_PATH:-$top/.build}
fuzz=$scratch/debug/apus-fuzz
if [ ! -x "$fuzz" ]; then
    # By swiftc, because Debian's python3-swiftclient also installs a command named swift.
    compiler=$(command -v swiftc || find /opt -maxdepth 4 -path "/opt/swift*/usr/bin/swiftc" -print -quit)
    "$(dirname "$(readlink -f "$compiler")")/swift" build --package-path "$top" --scratch-path "$scratch" --product apus-fuzz
fi
if [ -z "${OS_AUTH_URL:-}" ] && [ -z "${OS_CLOUD:-}" ]; then
    # shellcheck source=devstack/openrc
    . "$top/devstack/openrc" admin admin
fi
exec "$fuzz" --seed "${FUZZ_SEED:-1}" --requests "${FUZZ_REQUESTS:-1000}" "$@"
