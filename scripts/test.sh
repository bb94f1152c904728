#!/bin/sh
# Runs the tests that are built, one target after the other, and closes with a line that counts them all.
#
# One after the other, because most of them start real processes and wait for them: all at once they would wait for each
# other's share of the processor, and deadlines that mean something would be missed.
#
# usage: test.sh [TARGET...]
set -eu
cd "$(dirname "$0")/.."

if [ $# -eq 0 ]; then
    for folder in Tests/*/*Tests; do
        set -- "$@" "$(basename "$folder")"
    done
fi

log=$(mktemp)
failures=$(mktemp)
session=""
end_session() {
    # shellcheck disable=SC2046
    [ -z "$session" ] || kill -KILL $(ps -o pid= --sid "$session") 2>/dev/null || true
    session=""
}
trap 'end_session; rm -f "$log" "$failures"' EXIT
trap 'exit 130' INT TERM
passed=0
failed=0
skipped=0
broken=""
for target in "$@"; do
    echo "=== $target"
    start=$(date +%s)
    case $target in
    # They measure what attacks and load do to others: nothing else may run beside them.
    SandboxTests | SoakTests) order=--no-parallel ;;
    *) order=--parallel ;;
    esac
    # The longest takes two minutes where nothing else runs; one that waits for what never comes shall not hold up everything.
    # In a session of its own, by which what it leaves behind is found: a test process that hangs survives its runner.
    setsid timeout --kill-after=10 1200 \
        swift test --skip-build --disable-xctest "$order" --filter "^$target\\." >"$log" 2>&1 &
    session=$!
    if wait "$session"; then status=passed; else status=failed; fi
    end_session
    # A test that was skipped says so by name; the rest is of interest only when something failed.
    if [ "$status" = failed ]; then
        cat "$log"
        # Again at the end, where a reader of a long log looks first. A failure may be told in several lines.
        grep -E -A 12 '^✘ Test .* recorded an issue' "$log" | grep -vE '^[✔◇] ' >>"$failures" ||
            tail -n 30 "$log" >>"$failures"
    else
        grep -E '^(➜|skipped: )' "$log" || true
    fi
    run=$(sed -n 's/.*Test run with \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
    bad=$(grep -E '^✘ Test .* failed after ' "$log" | grep -cv '^✘ Test run ' || true)
    left=$(grep -cE '^➜ Test .* skipped' "$log" || true)
    if [ "$status" = failed ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ -z "$run" ] || [ "$run" -eq 0 ]; then
        echo "test.sh: $target ran no test" >&2
        run=1
        bad=1
    fi
    [ "$bad" -eq 0 ] || broken="$broken $target"
    passed=$((passed + run - bad - left))
    failed=$((failed + bad))
    skipped=$((skipped + left))
    echo "--- $target: $status, $run tests, $(($(date +%s) - start)) s"
done

if [ -n "$broken" ]; then
    head -c 8000 "$failures"
    echo "failed in:$broken"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
