#!/bin/sh
# Builds and tests in a root of each Debian release, with the Python of that release, and closes with a table of systems and
# suites. As root, with debootstrap and Debian's mirror.
#
# usage: matrix.sh [RELEASE...]
#
# Without arguments: bookworm, trixie and testing. The roots are made once, below MATRIX_ROOT (default .build-matrix), in
# minutes each; afterwards a first build and all suites take an hour and a half a release on two cores. A suite that has passed
# is not run again until the sources change, so that a run that was interrupted goes on where it stopped. Suites that fail
# leave their output in MATRIX_ROOT/RELEASE.results.
#
#   MATRIX_SUITES  groups or test targets to run (default "unit escape honesty integration packaging boot"); boot makes the
#                  release's Debian package and boots it, see scripts/boot-test.sh
#   MATRIX_FLAGS   more arguments for "swift build"
set -eu
cd "$(dirname "$0")/.."

roots=${MATRIX_ROOT:-.build-matrix}
suites=${MATRIX_SUITES:-unit escape honesty integration packaging boot}
flags="--explicit-target-dependency-import-check error ${MATRIX_FLAGS:-}"
[ $# -gt 0 ] || set -- bookworm trixie testing
[ "$(id -u)" -eq 0 ] || {
    echo "matrix: it makes roots and mounts them: run it as root" >&2
    exit 1
}
command -v debootstrap >/dev/null || {
    echo "matrix: there is no debootstrap; install Debian's package of that name" >&2
    exit 1
}
mkdir -p "$roots"

# The test targets of a group.
targets() {
    case $1 in
    escape) echo EscapeTests ;;
    honesty) echo HonestyTests ;;
    integration) echo IntegrationTests BridgeIntegrationTests ;;
    packaging) echo PackagingTests ;;
    unit)
        for folder in Tests/*/*Tests; do
            case $(basename "$folder") in
            EscapeTests | HonestyTests | IntegrationTests | BridgeIntegrationTests | PackagingTests | SoakTests) ;;
            *) basename "$folder" ;;
            esac
        done
        ;;
    *) echo "$1" ;;
    esac
}

# What the results belong to: the sources as they are, committed or not, and how they are built.
state=$({
    git rev-parse HEAD
    git diff HEAD
    git ls-files --others --exclude-standard -z | xargs -0 -r cat
    echo "$flags"
} | sha256sum | cut -c 1-16)

# Prints a result that is stored, or runs the command, stores what became of it, and prints that.
step() {
    name=$1
    shift
    stored=$results/$name
    if [ -e "$stored" ] && grep -qE '^(passed|[0-9]+ passed, 0 failed)' "$stored"; then
        cat "$stored"
        return 0
    fi
    echo "matrix: $release: $name" >&2
    if "$@" >"$stored.log" 2>&1; then status=passed; else status=failed; fi
    # scripts/test.sh closes with a line that counts; a build does not.
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$stored.log" | tail -n 1)
    if grep -q 'version.h.*error: "Terrarium' "$stored.log"; then line=refused; fi
    echo "${line:-$status}" >"$stored.new"
    mv "$stored.new" "$stored"
    cat "$stored"
}

table=$roots/table
printf 'system\tPython' >"$table"
for suite in build $suites; do printf '\t%s' "$suite" >>"$table"; done
echo >>"$table"
failed=0
for release in "$@"; do
    root=$roots/$release
    if ! scripts/matrix-root.sh "$release" "$root"; then
        printf '%s\tno root\n' "$release" >>"$table"
        failed=1
        continue
    fi
    python=$(scripts/matrix-enter.sh "$root" python3 -c 'import platform; print(platform.python_version())')
    results=$root.results/$state
    mkdir -p "$results"
    printf '%s\t%s' "$release" "$python" >>"$table"
    # numpy, pandas and small packages for this Python. Tests are skipped by name where they cannot be had.
    scripts/matrix-enter.sh "$root" scripts/bootstrap.sh --tests >"$results/bootstrap.log" 2>&1 || true
    # Words on purpose: arguments.
    # shellcheck disable=SC2086
    built=$(step build scripts/matrix-enter.sh "$root" swift build --build-tests $flags)
    printf '\t%s' "$built" >>"$table"
    for suite in $suites; do
        if [ "$built" != passed ]; then
            outcome=-
        elif [ "$suite" = boot ]; then
            # The dollar signs are for the inner shell.
            # shellcheck disable=SC2016
            outcome=$(step boot sh -euc '
                rm -rf "$1.build/deb"
                scripts/matrix-enter.sh "$1" make deb
                scripts/boot-test.sh "$1.build"/deb/terrarium_*.deb "$1.boot" "$2"
            ' sh "$root" "$release")
        else
            # Words on purpose: arguments.
            # shellcheck disable=SC2046
            outcome=$(step "$suite" scripts/matrix-enter.sh "$root" scripts/test.sh $(targets "$suite"))
        fi
        printf '\t%s' "$outcome" >>"$table"
        case $outcome in passed | *" 0 failed"*) ;; *) failed=1 ;; esac
    done
    echo >>"$table"
done
column -t -s "$(printf '\t')" "$table"
exit "$failed"
