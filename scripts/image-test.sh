#!/bin/sh
# Carries out the last stage of the Dockerfile in a chroot, where there is no container engine, and asks the service in it
# for a task. Needs root, and a root such as boot-test.sh makes; a chroot cannot make user namespaces, and neither can a
# container under its engine's usual seccomp profile.
#
# usage: image-test.sh BINARIES ROOT
set -eu

binaries=$(cd "$1" && pwd)
root=$(realpath "$2")
cd "$(dirname "$0")/.."

stage=$(mktemp -d)
service=""
finish() {
    [ -z "$service" ] || { kill "$service" && wait "$service"; } 2>/dev/null || true
    umount -l "$root/proc" "$root/dev/null" "$root/dev/urandom" 2>/dev/null || true
    rm -rf "$stage"
}
trap finish EXIT

# What the first stage leaves: make install, without the build.
scripts/install.sh install "$binaries" "$stage" /usr /etc /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d

mount -t proc proc "$root/proc"
for device in null urandom; do
    [ -e "$root/dev/$device" ] || touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
cp /etc/resolv.conf "$root/etc/resolv.conf"
chroot "$root" sh -c 'rm -rf /run/terrarium; userdel terrarium; groupdel terrarium' 2>/dev/null || true

# The last stage, one instruction a line.
awk '/^FROM/ { stage++ } stage == 2' Dockerfile | sed -e ':more' -e '/\\$/ { N; s/\\\n//; b more' -e '}' >"$stage/instructions"
user=root
environment="PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
in_image() {
    # Words on purpose: NAME=VALUE without spaces in them.
    # shellcheck disable=SC2086
    chroot "--userspec=$user" "$root" env -i $environment "$@"
}
# "a", "b" as words.
words() {
    printf '%s' "$1" | tr -d '[]",'
}
while read -r instruction rest; do
    case $instruction in
    FROM | VOLUME | "" | "#"*) ;;
    RUN) in_image sh -c "$rest" >"$stage/log" 2>&1 </dev/null || { cat "$stage/log" && exit 1; } ;;
    COPY) cp -a "$stage/usr/." "$root/usr/" ;;
    ENV) environment="$environment $rest" ;;
    USER) user=$rest:$rest ;;
    HEALTHCHECK) health=$(words "${rest#*CMD }") ;;
    ENTRYPOINT) entry=$(words "$rest") ;;
    CMD) command=$(words "$rest") ;;
    *) echo "image-test: no idea what $instruction does" >&2 && exit 1 ;;
    esac
done <"$stage/instructions"

# By itself rather than by in_image, so that its number is the service's.
# shellcheck disable=SC2086
chroot "--userspec=$user" "$root" env -i $environment $entry $command >"$stage/log" 2>&1 &
service=$!
# The start period of the health check; the layers are known once a fork server serves.
for _ in 1 2 3 4 5; do
    sleep 1
    # shellcheck disable=SC2086
    if in_image $health >"$stage/health" 2>&1 && grep -q seccomp "$stage/health"; then break; fi
done
grep 'sandbox.layers' "$stage/health" || { cat "$stage/log" && exit 1; }
for layer in identity no_new_privileges limits landlock seccomp; do
    grep -q "sandbox.layers.$layer  *on" "$stage/health" || { echo "image-test: $layer is off" >&2 && exit 1; }
done
in_image terrarium run -c 'return {"works": True}'
echo "image-test: all is well"
