#!/usr/bin/env bash
# Writes etc/NAME.conf.sample and docs/reference/NAME.md for each daemon, as the daemon itself describes it.
#
#   write-reference.sh FOLDER-WITH-PROGRAMS
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
programs=${1:?folder with the programs}
mkdir -p "$top/etc" "$top/docs/reference"
for name in identity compute-api conductor scheduler compute-agent image block-storage network; do
    "$programs/$name" --print-sample > "$top/etc/$name.conf.sample"
    "$programs/$name" --print-reference > "$top/docs/reference/$name.md"
done
