#!/usr/bin/env bash
# Fuzzes the inspection of images with libFuzzer under the address sanitizer: any bytes at all must end in an answer
# or a refusal.
#
#   inspection.sh [OPTIONS OF LIBFUZZER]     FUZZ_SECONDS says for how long, 600 when unset
#
# Fails on the first crash, hang or leak; the input that did it is then in APUS_SCRATCH_PATH/inspection-fuzzer, and
# `inspection.sh FILE` repeats it.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# By swiftc, because Debian's python3-swiftclient also installs a command named swift.
compiler=${SWIFTC:-$(command -v swiftc || find /opt -maxdepth 4 -path "/opt/swift*/usr/bin/swiftc" -print -quit)}
work=${APUS_SCRATCH_PATH:-$top/.build}/inspection-fuzzer
mkdir -p "$work/corpus"
"$compiler" -O -parse-as-library -package-name apus -swift-version 6 -sanitize=fuzzer,address -use-ld=lld \
    -o "$work/fuzzer" "$top"/Sources/Image/Inspection/*.swift "$top/Tests/Fuzz/Inspection/InspectionFuzzer.swift"
files=()
for argument in "$@"; do if [ -f "$argument" ]; then files+=("$argument"); fi; done
if [ ${#files[@]} -eq 0 ]; then set -- "$@" "$work/corpus"; fi
exec "$work/fuzzer" -dict="$top/Tests/Fuzz/Inspection/formats.dict" -artifact_prefix="$work/" -max_len=16384 \
    -timeout=10 -rss_limit_mb=1024 -max_total_time="${FUZZ_SECONDS:-600}" -print_final_stats=1 "$@"
