#!/bin/sh
# Boots a Debian system of its own with systemd as its first process, installs the package there, and runs every command
# of docs/operations.md, those of the README that need the service, those of docs/n8n.md for a machine without containers, and
# more. Needs root. Nothing of this machine's is touched but the folder ROOT.
#
# usage: boot-test.sh PACKAGE ROOT [RELEASE]
#
# ROOT is made with debootstrap when it is not there yet, which takes minutes and Debian's mirror; afterwards it can be
# used again. RELEASE is the Debian release that the package was made on, without which it is this machine's. DEBIAN_MIRROR names
# another mirror.
set -eu

package=$(realpath "$1")
root=$2
release=${3:-$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)}
cd "$(dirname "$0")/.."

# What the package depends on, the first of alternatives, without versions; and what the commands need.
wanted=systemd,systemd-sysv,dbus,adduser,curl,make,procps,sudo
wanted=$wanted,$(dpkg-deb --field "$package" Depends | tr ',' '\n' | sed 's/^ *//; s/[ |(].*//' | paste -s -d ,)
if [ ! -e "$root/etc/debian_version" ]; then
    debootstrap --variant=minbase "--include=$wanted" "$release" "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
    echo "$wanted" >"$root/etc/boot-test-packages"
fi
root=$(realpath "$root")
[ "$(cat "$root/etc/boot-test-packages" 2>/dev/null)" = "$wanted" ] || {
    echo "boot-test: $root was made with other packages; remove it and try again" >&2
    exit 1
}

# The system has no network to get what the package only recommends from.
echo 'APT::Install-Recommends "false";' >"$root/etc/apt/apt.conf.d/90terrarium"

rm -f "$root"/root/terrarium_*.deb
cp "$package" "$root/root/"
scripts/old-layout.sh "$package" "$root/root/old-groups.deb"
cp docs/operations.md docs/n8n.md README.md "$root/root"
# A checkout as far as "make install" needs it, with what "make release" leaves, which the package has.
rm -rf "$root/root/checkout" "$root/root/programs"
mkdir -p "$root/root/checkout/.build/release"
cp -r Makefile LICENSE NOTICE ./*.md runner.conf.example clients docs examples packaging scripts \
    "$root/root/checkout"
dpkg-deb --extract "$package" "$root/root/programs"
mv "$root"/root/programs/usr/bin/* "$root"/root/programs/usr/libexec/terrarium/* "$root/root/checkout/.build/release"
rm -rf "$root/root/programs"
install -m 0755 packaging/debian/boot-test.sh "$root/root/boot-test.sh"
cat >"$root/etc/systemd/system/boot-test.service" <<'END'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
WorkingDirectory=/root
Environment=DEBIAN_FRONTEND=noninteractive
ExecStart=/bin/sh -c './boot-test.sh >/root/boot-test.log 2>&1; echo $? >/root/boot-test.status'
ExecStopPost=/bin/systemctl exit 0
END
cat >"$root/etc/systemd/system/boot-test.target" <<'END'
[Unit]
Requires=basic.target
Wants=multi-user.target boot-test.service
AllowIsolate=yes
END
# Nothing here has devices or terminals.
for unit in systemd-udevd.service systemd-udev-trigger.service systemd-logind.service console-getty.service \
    getty.target apt-daily.timer apt-daily-upgrade.timer; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
rm -f "$root/root/boot-test.status" "$root/root/boot-test.log"

# A branch of the control groups for the system to be the top of.
group=$(findmnt --noheadings --types cgroup2 --output TARGET | head -n 1)/terrarium-boot-test
mkdir -p "$group"
trap 'rmdir "$group" 2>/dev/null || true' EXIT

# Its own processes, mounts, names, network and control groups; it ends when its test has, or after ten minutes.
cat >"$root/root/start.sh" <<'END'
set -eu
root=$1
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=0755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=0755 tmpfs dev
mkdir dev/pts dev/shm
mknod -m 0666 dev/null c 1 3
mknod -m 0666 dev/zero c 1 5
mknod -m 0666 dev/full c 1 7
mknod -m 0666 dev/random c 1 8
mknod -m 0666 dev/urandom c 1 9
ln -s /proc/self/fd dev/fd
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mkdir -p .outside
pivot_root . .outside
umount -l .outside
exec env -i container=boot-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system \
    --unit=boot-test.target --log-target=console --log-level=notice --show-status=no
END
(
    # This subshell's number, which $$ is not.
    sh -c 'echo $PPID' >"$group/cgroup.procs"
    exec timeout --kill-after=10 600 unshare --pid --fork --kill-child --mount --propagation private --uts --ipc --net \
        --cgroup sh "$root/root/start.sh" "$root" <&-
) || true

cat "$root/root/boot-test.log"
status=$(cat "$root/root/boot-test.status" 2>/dev/null || echo "the system did not come up")
[ "$status" = 0 ] || {
    echo "boot-test: failed: $status" >&2
    exit 1
}
