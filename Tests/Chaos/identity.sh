#!/usr/bin/env bash
# Kills an identity daemon of its own again and again while clients work, starts it again, and looks whether they saw
# only refused connections while it was down, and whether every change is there whole or not at all.
#
#   identity.sh [--kills 6] [--seed 1]
#
# Needs no cloud and no root. The programs are taken from APUS_SCRATCH_PATH (.build when unset). The last line has the
# counts.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
programs=${APUS_SCRATCH_PATH:-$here/../../.build}/debug
cd "$here"
exec env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here/../Support" python3 -m identity_kills "$programs" "$@"
