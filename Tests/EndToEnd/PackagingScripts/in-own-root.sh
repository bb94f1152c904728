#!/bin/sh
# Runs a script in a copy of this machine's root: what it installs and whom it adds is gone afterwards. Needs root.
#
# usage: in-own-root.sh FOLDER SCRIPT FILE...
#
# FOLDER is an empty one to mount the copy on. SCRIPT and the files are in /root there, where it starts.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin

if [ "${1:-}" != inside ]; then
    exec unshare --mount --propagation private --pid --fork --kill-child "$0" inside "$@"
fi
folder=$2
script=$3
shift 3
mount -t tmpfs tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
cp "$script" "$@" "$folder/root/root/"
cd "$folder/root"
mount -t proc proc proc
mount --rbind /dev dev
for place in run tmp; do mount -t tmpfs -o mode=0755 tmpfs "$place"; done
chmod 1777 tmp
mkdir .outside
pivot_root . .outside
umount -l .outside
cd /root
exec /bin/sh -eu "/root/$(basename "$script")"
