#!/bin/sh
# Builds every program of Tests/Fuzzing/Fuzz* with libFuzzer and AddressSanitizer, and runs each for as many seconds.
#
# An input that breaks a program is left in .build-fuzzing/found/PROGRAM; kept in Tests/Fuzzing/Corpora/PROGRAM it is replayed
# by make test. What libFuzzer finds interesting is in .build-fuzzing/corpora/PROGRAM, and is where the next run begins.
#
# usage: fuzz.sh SECONDS [PROGRAM...]
set -eu
cd "$(dirname "$0")/.."
seconds=$1
shift
if [ $# -eq 0 ]; then
    for folder in Tests/Fuzzing/Fuzz*/; do
        name=$(basename "$folder")
        [ "$name" = FuzzingTests ] || set -- "$@" "$name"
    done
fi

export TRM_BUILD_FUZZING=1
# A crash is libFuzzer's to report.
export SWIFT_BACKTRACE=enable=no
# Of the two sanitizers the build system gives the compiler one: the instrumentation that guides libFuzzer is named besides.
build="--scratch-path .build-fuzzing --sanitize=fuzzer --sanitize=address -Xswiftc"
build="$build -sanitize-coverage=edge,inline-8bit-counters,pc-table,trace-cmp"
broken=""
for program in "$@"; do
    echo "=== $program"
    # shellcheck disable=SC2086
    swift build $build --product "$program"
    found=.build-fuzzing/found/$program
    corpus=.build-fuzzing/corpora/$program
    mkdir -p "$found" "$corpus"
    # The first folder is where libFuzzer writes.
    seeds=Tests/Fuzzing/Corpora/$program
    [ -d "$seeds" ] || seeds=""
    # shellcheck disable=SC2086
    "$(swift build $build --show-bin-path)/$program" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$found/" "$corpus" $seeds || broken="$broken $program"
done
if [ -n "$broken" ]; then
    echo "fuzz.sh: broken:$broken; the inputs are in .build-fuzzing/found" >&2
    exit 1
fi
