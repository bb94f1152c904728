#!/bin/sh
# Makes of a Debian package one with the groups of earlier ones, for tests of the upgrade: those who submit tasks are members
# of the group terrarium, which reads the settings.
#
# usage: old-layout.sh PACKAGE OUTPUT
set -eu

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
root="$stage/root"
dpkg-deb --raw-extract "$1" "$root"

# change FILE EXPRESSION: edits a file, and fails when that changes nothing.
change() {
    cp "$root/$1" "$stage/before"
    sed -i "$2" "$root/$1"
    if cmp --silent "$stage/before" "$root/$1"; then
        echo "old-layout.sh: $1 has nothing of what $2 changes" >&2
        exit 1
    fi
}
change DEBIAN/control 's/^Version: .*/&~oldgroups/'
change DEBIAN/postinst '/^    separate_submitters$/d'
change usr/lib/sysusers.d/terrarium.conf '/^g terrarium-users/d'
change usr/lib/systemd/system/terrarium.socket 's/^SocketGroup=.*/SocketGroup=terrarium/; /^ExecStartPre=/d'
change usr/lib/systemd/system/terrarium.service '/^SupplementaryGroups=/d'
dpkg-deb --root-owner-group -Znone --build "$root" "$2" >/dev/null
