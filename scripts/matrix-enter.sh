#!/bin/sh
# Runs a command in a root that scripts/matrix-root.sh has made, with this source tree at its own path and a build folder
# of the root's own, and with the Swift toolchain of this machine.
#
# usage: matrix-enter.sh ROOT COMMAND [ARGUMENT...]
#
# Its processes, mounts and names are its own, and what it leaves running ends with it. The root is the root of the mount
# namespace and not one of chroot(), in which no user namespace can be made, as the sandbox does.
set -eu

root=$(realpath "$1")
shift
source=$(realpath "$(dirname "$0")/..")
swift=$(realpath "$(command -v swift)")
toolchain=${swift%/bin/*}

mkdir -p "$root.build" "$root.cache" "$root$source" "$root$toolchain" "$root.home"

# Where this machine reads packages from a folder instead of their address, so does the root.
local_packages=""
git config --get-regexp '^url\..*\.insteadof$' >"$root.insteadof" 2>/dev/null || true
: >"$root.home/.gitconfig"
# Every repository is the root user's there or here, and read only.
git config --file "$root.home/.gitconfig" --add safe.directory '*'
while read -r key address; do
    folder=${key#url.}
    folder=${folder%.insteadof}
    [ -d "$folder" ] || continue
    git config --file "$root.home/.gitconfig" --add "url.$folder.insteadOf" "$address"
    case " $local_packages " in
    *" $folder "*) ;;
    *) local_packages="$local_packages $folder" ;;
    esac
done <"$root.insteadof"
# The same for wheels: the settings of pip, and the certificates that this machine trusts.
if [ -e "$HOME/.config/pip/pip.conf" ]; then
    mkdir -p "$root.home/.config/pip"
    cp "$HOME/.config/pip/pip.conf" "$root.home/.config/pip/pip.conf"
fi
[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/pip.conf"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"

# The toolchain is built for this machine's system. Of the libraries it needs, those that the other system has in
# another version only are lent to it; what is built does not see them.
cat >"$root/.matrix-start" <<'END'
set -eu
root=$1 source=$2 toolchain=$3 local_packages=$4
shift 4
mount --bind "$root" "$root"
mount --bind "$source" "$root$source"
mount --bind "$root.build" "$root$source/.build"
mount --bind -o ro "$toolchain" "$root$toolchain"
for folder in $local_packages; do
    mkdir -p "$root$folder"
    mount --bind -o ro "$folder" "$root$folder"
done
mount --bind "$root.home" "$root/root"
cd "$root"
mount --rbind /dev dev
mount --rbind /sys sys
mount -t proc proc proc
mount -t tmpfs -o mode=0755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p .outside
pivot_root . .outside
umount -l .outside
rmdir .outside
cd "$source"
exec env -i "PATH=$toolchain/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root LANG=C.UTF-8 ${LENT:+"LD_LIBRARY_PATH=$LENT"} \
    ${TRM_PYTHON:+"TRM_PYTHON=$TRM_PYTHON"} "$@"
END
LENT=
mkdir -p "$root/usr/local/lib/toolchain"
for program in swift-build swift-frontend clang; do
    ldd "$toolchain/bin/$program"
done | awk '$2 == "=>" && $3 ~ /^\// { print $1, $3 }' | sort -u | while read -r name path; do
    case $path in "$toolchain"/*) continue ;; esac
    [ -z "$(find "$root/usr/lib" "$root/lib" -name "$name" 2>/dev/null | head -n 1)" ] || continue
    cp -L "$path" "$root/usr/local/lib/toolchain/$name"
done
[ -z "$(ls "$root/usr/local/lib/toolchain")" ] || LENT=/usr/local/lib/toolchain
export LENT
exec unshare --mount --propagation private --pid --fork --kill-child --uts --ipc \
    sh "$root/.matrix-start" "$root" "$source" "$toolchain" "$local_packages" "$@"
