#!/usr/bin/env bash
# Runs the README's tutorial as it is written: the commands of its ```sh blocks, in one shell, in order.
#
# Its first step, stack.sh, has been done by whoever runs this; the last one is checked here as well.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=Tests/EndToEnd/checks.sh
. "$here/checks.sh"

script=$(mktemp)
trap 'rm -f "$script" "$script.log"' EXIT
{
    # The shell of the tutorial's reader stops at nothing; ours does.
    echo 'set -e'
    awk '
        /^## Tutorial/ { inside = 1; next }
        /^## / { inside = 0 }
        inside && /^```sh$/ { code = 1; next }
        /^```$/ { code = 0 }
        inside && code && !/stack\.sh/ { print }
    ' "$top/README.md"
} > "$script"
steps=$(grep -c . "$script")
[ "$steps" -gt 10 ] || {
    echo "the README has no tutorial to run"
    exit 1
}
echo "The README's tutorial"
cd "$top"
check "all its commands succeed" timeout 900 bash -x "$script"
summary "tutorial"
