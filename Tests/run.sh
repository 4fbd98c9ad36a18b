#!/usr/bin/env bash
# Runs the tests.
#
#   Tests/run.sh unit          Swift tests without any service (those that need one are skipped)
#   Tests/run.sh functional    all Swift tests, with private MariaDB, RabbitMQ and memcached
#   Tests/run.sh e2e           a whole cloud on this machine; needs root
#   Tests/run.sh all           functional, then e2e: what CI runs
#   Tests/run.sh races         the unit tests under the thread sanitizer, compiled apart in the same place
#
# APUS_SCRATCH_PATH says where to compile (default .build). The last line has the counts.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=devstack/lib/settings.sh
. "$top/devstack/lib/settings.sh"
# shellcheck source=devstack/lib/build.sh
. "$top/devstack/lib/build.sh"
export APUS_SCRATCH_PATH=${APUS_SCRATCH_PATH:-$top/.build}
swift=$(swift_command)
work=$(mktemp -d /tmp/apus-tests.XXXXXX)
passed=0
failed=0
flags=()

finish() {
    if [ -e "$work/services" ]; then "$top/Tests/Support/services.sh" stop "$work/services" || true; fi
    rm -rf "$work"
}
trap finish EXIT

# swift_tests: builds once, runs every Swift test; Swift Testing's last line has its counts.
swift_tests() {
    local line status=0 ran issues
    cd "$top"
    "$swift" build --build-tests "${flags[@]}" --scratch-path "$APUS_SCRATCH_PATH" || {
        failed=$((failed + 1))
        return
    }
    "$swift" test --skip-build "${flags[@]}" --scratch-path "$APUS_SCRATCH_PATH" > "$work/swift-tests" 2>&1 || status=$?
    grep -avE '^. (Test|Suite) .*(started|passed after)|^\[[0-9]+/' "$work/swift-tests" || true
    line=$(grep -aE 'Test run with [0-9]+ tests' "$work/swift-tests" | tail -n 1 || true)
    echo "${line:-The Swift tests ended without a count.}"
    ran=$(sed -n 's/.*Test run with \([0-9]*\) tests.*/\1/p' <<< "$line")
    issues=$(grep -aE '^. Test .* failed after' "$work/swift-tests" | grep -avc 'Test run with' || true)
    if [ "$status" -ne 0 ] && [ "${issues:-0}" -eq 0 ]; then issues=1; fi
    passed=$((passed + ${ran:-0} - ${issues:-0}))
    failed=$((failed + ${issues:-0}))
}

# A race that is seen fails the test process, also when every expectation held.
race_tests() {
    flags=(--sanitize thread)
    APUS_SCRATCH_PATH=$APUS_SCRATCH_PATH/races
    swift_tests
    grep -a 'WARNING: ThreadSanitizer' "$work/swift-tests" | sort | uniq -c || echo "thread sanitizer: no report"
}

functional_tests() {
    "$top/Tests/Support/services.sh" start "$work/services"
    local lines
    lines=$("$top/Tests/Support/services.sh" env "$work/services")
    eval "$lines"
    swift_tests
    "$top/Tests/Support/services.sh" stop "$work/services"
}

end_to_end_tests() {
    local line status=0
    "$top/Tests/EndToEnd/run.sh" 2>&1 | tee "$work/e2e" || status=$?
    line=$(grep -aE '^end to end: [0-9]+ passed' "$work/e2e" | tail -n 1 || true)
    passed=$((passed + $(sed -n 's/^end to end: \([0-9]*\) passed.*/\1/p' <<< "$line" | grep . || echo 0)))
    failed=$((failed + $(sed -n 's/.*, \([0-9]*\) failed$/\1/p' <<< "$line" | grep . || echo "$status")))
}

case ${1:-all} in
    unit) swift_tests ;;
    functional) functional_tests ;;
    e2e) end_to_end_tests ;;
    all)
        functional_tests
        if [ "$failed" -eq 0 ]; then end_to_end_tests; else echo "end to end: not run, because Swift tests failed"; fi
        ;;
    races) race_tests ;;
    *)
        sed -n '2,10p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
