#!/bin/sh
# Makes the root of a Debian release with what a build and the tests need, below a folder, for scripts/matrix.sh. Does
# nothing when it is there; one that was left half made, or made with other packages, is made anew. Needs root and Debian's
# mirror, and takes some minutes.
#
# usage: matrix-root.sh RELEASE ROOT
#
# DEBIAN_MIRROR names a mirror; otherwise it is the one that apt uses on this machine.
set -eu

release=$1
root=$2

# As in scripts/bootstrap.sh, and what a machine with a Swift toolchain has: the linker and the libraries of the toolchain.
wanted="pkg-config libpython3-dev libseccomp-dev"
wanted="$wanted make git ca-certificates libc6-dev binutils libcurl4 libncurses6 libsqlite3-0 zlib1g-dev python3 util-linux"
wanted="$wanted curl shellcheck python3-pip python3-yaml python3-jsonschema python3-prometheus-client mypy procps tzdata"
wanted="$wanted systemd docker-compose"
case $release in
bookworm) wanted="$wanted libstdc++-12-dev libxml2" ;;
# The linker "gold" is a package of its own from Debian 13 on.
trixie) wanted="$wanted libstdc++-14-dev libxml2 binutils-gold" ;;
*) wanted="$wanted libstdc++-15-dev binutils-gold" ;;
esac

[ "$(cat "$root/.matrix-packages" 2>/dev/null)" != "$wanted" ] || exit 0

# The dollar sign is for apt.
# shellcheck disable=SC2016
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Label: Debian' | head -n 1)}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
rm -rf "$root"
mkdir -p "$root"
debootstrap --variant=minbase "--keyring=$keyring" "$release" "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 || {
    tail -n 5 "$root.log" >&2
    exit 1
}
# Not with --include, which takes real packages only, and in the order that debootstrap finds.
cp /etc/resolv.conf "$root/etc/resolv.conf"
# A mirror can be a snapshot of an earlier day, whose index has expired; its signature is still checked.
cat >"$root/etc/apt/apt.conf.d/90matrix" <<'END'
APT::Install-Recommends "false";
Acquire::Check-Valid-Until "false";
END
export DEBIAN_FRONTEND=noninteractive
# Words on purpose: a list of packages. The dollar signs are for the inner shell.
# shellcheck disable=SC2086,SC2016
unshare --mount --propagation private sh -euc '
    mount --rbind /dev "$1/dev"
    mount -t proc proc "$1/proc"
    exec chroot "$@"
' sh "$root" sh -euc 'apt-get update -qq; apt-get install -qq --yes "$@"; apt-get clean' sh $wanted >>"$root.log" 2>&1 || {
    tail -n 5 "$root.log" >&2
    exit 1
}
echo "$wanted" >"$root/.matrix-packages"
