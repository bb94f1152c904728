#!/bin/sh
# Runs every example against a service of its own and shows what goes in and what comes out.
#
# usage: demo.sh TERRARIUM [EXAMPLE...]
set -eu

terrarium=$1
shift
cd "$(dirname "$0")/.."

if [ $# -eq 0 ]; then
    set -- examples/*/
fi

for folder in "$@"; do
    folder=${folder%/}
    # The examples say "terrarium"; here that is the one that was just built.
    read -r _ arguments <"$folder/command"
    echo
    echo "=== $(basename "$folder")"
    sed -n '/^#/!q; s/^# */    /p' "$folder/code.py"
    echo "--- input: $(echo "$folder"/items.*)"
    head -n 4 "$folder"/items.*
    echo "--- \$ terrarium $arguments"
    # Words on purpose: the examples' commands have no quotes in them.
    # shellcheck disable=SC2086
    "$terrarium" $arguments
done
