#!/bin/sh
# The packages of Tests/WorkerSide/PackageTests, whose table is its data files.
#
# usage: packages.sh --all | --small            prints the names of all packages, or of those of every test run
#        packages.sh --install FOLDER [NAME...] installs the named packages, or all, as wheels for the embedded interpreter
set -eu
cd "$(dirname "$0")/.."

names() {
    awk -v small="$1" '
        /^# package: / { name = substr($0, 12); if (!small) print name }
        /^# small$/ { if (small) print name }
    ' Tests/WorkerSide/PackageTests/Packages/*.py
}

install_packages() {
    /usr/bin/python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --retries 1 \
        --only-binary :all: --upgrade --target "$@"
}

case "${1:-}" in
--all) names 0 ;;
--small) names 1 ;;
--install)
    folder=$2
    shift 2
    # Names on purpose: one word each.
    # shellcheck disable=SC2046
    [ $# -gt 0 ] || set -- $(names 0)
    # All at once, so that packages which share a namespace, such as google, are put together.
    install_packages "$folder" "$@"
    ;;
*)
    echo "usage: packages.sh --all | --small | --install FOLDER [NAME...]" >&2
    exit 2
    ;;
esac
