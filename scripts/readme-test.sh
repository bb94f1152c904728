#!/bin/sh
# Runs the commands of README.md in their order, in one shell, as a person does after a clone: nothing is on the PATH but
# the system's programs and the Swift toolchain, and what the commands themselves put there.
#
# usage: readme-test.sh [README]
#
#   ```sh           is run, and has to succeed
#   ```console      is run line by line, and has to show what is written, both streams and exit codes included
#   ```sh build     is "make deb", on which "make deb-test" depends
#   ```sh service   needs the service: packaging/debian/boot-test.sh runs it in a system of its own
#   ```python       needs the service: scripts/python-client-test.sh runs it
#
# A block of another kind is run nowhere, which is an error.
set -eu
readme=$(realpath "${1:-$(dirname "$0")/../README.md}")
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

grep -q '^readme "service"$' packaging/debian/boot-test.sh
grep -q '^deb-test: deb$' Makefile
grep -q '^.scripts/python-client-test.sh$' Makefile

# One script of all blocks. $step says which one it is at.
awk -v work="$work" -v name="$(basename "$readme")" '
function quoted(text) {
    gsub(/\047/, "\047\\\047\047", text)
    return "\047" text "\047"
}
function fail(what) {
    print "readme-test: " name ":" start ": " what >"/dev/stderr"
    failed = 1
    exit 1
}
function console(    count, lines, i, shown, expected) {
    shown = work "/shown"
    expected = work "/expected." start
    printf "%s", body >expected
    close(expected)
    print "set +e; status=0\n{"
    count = split(body, lines, "\n")
    for (i = 1; i <= count; i++) {
        if (lines[i] !~ /^\$ /) continue
        print "echo " quoted(lines[i]) "; (exit $status)"
        print substr(lines[i], 3)
        print "status=$?"
    }
    print "} >" shown " 2>&1; set -e"
    # That no service runs is known here, and is not part of what a command answers.
    print "grep -v \"^note: no service is running\" " shown " | diff -u " expected " -"
}
/^```/ && !inside { inside = 1; kind = substr($0, 4); start = NR; body = ""; next }
/^```$/ && inside {
    inside = 0
    if (kind == "sh build") {
        if (body != "make deb\n") fail("a build block is \"make deb\"")
    } else if (kind == "sh" || kind == "console") {
        print "step=" start "; echo \"=== " name ":" start "\""
        if (kind == "sh") printf "%s", body
        else console()
        blocks++
    } else if (kind != "sh service" && kind != "python") {
        fail("a block of the kind \"" kind "\" is run nowhere")
    }
    next
}
inside { body = body $0 "\n" }
END {
    if (failed) exit 1
    start = NR
    if (inside) fail("the last block has no end")
    if (!blocks) fail("there is nothing to run")
    print "step=end"
}' "$readme" >"$work/blocks"

{
    echo "set -e; step=start"
    echo "trap 'test \$step = end || echo \"readme-test: $(basename "$readme"):\$step: failed\" >&2' EXIT"
    cat "$work/blocks"
} >"$work/script"

path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
if swift=$(command -v swift); then path=$path:$(dirname "$swift"); fi
# Root has no need of sudo, and may not have it.
if [ "$(id -u)" -eq 0 ] && ! command -v sudo >/dev/null; then
    mkdir "$work/bin"
    printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
    chmod 0755 "$work/bin/sudo"
    path=$path:$work/bin
fi
# What a machine needs to reach the network and to write stays as it is; settings of the service go.
env -i "PATH=$path" "HOME=${HOME:-/}" "TMPDIR=${TMPDIR:-/tmp}" ${http_proxy:+"http_proxy=$http_proxy"} \
    ${https_proxy:+"https_proxy=$https_proxy"} ${no_proxy:+"no_proxy=$no_proxy"} \
    sh "$work/script" </dev/null
