#!/bin/sh
# Makes a Debian package of built programs, with nothing but dpkg.
#
# usage: deb.sh BINARIES OUTPUT [--allow-unpackaged]
#
# The package depends on the packages that the programs' shared libraries came from, on this machine. A library that
# belongs to no package stops it: such programs run nowhere else. --allow-unpackaged is for looking at a package of a
# debug build; it is not compressed either.
set -eu

binaries=$(cd "$1" && pwd)
mkdir -p "$2"
output=$(cd "$2" && pwd)
allow=${3:-}
cd "$(dirname "$0")/.."
programs="terrarium terrarium-worker terrarium-bench terrarium-baseline"

# "package (>= version)" of every shared library, each once. Time zones are read, not linked.
depends="tzdata"
packages=""
for library in $(for program in $programs; do ldd "$binaries/$program"; done | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u); do
    # dpkg knows a file by the name it was installed under, from before /lib became a link to /usr/lib.
    package=""
    for name in "$library" "$(realpath "$library")" "/usr$library"; do
        package=$(dpkg-query --search "$name" 2>/dev/null | sed -n '1s/:.*//p' || true)
        [ -z "$package" ] || break
    done
    if [ -n "$package" ]; then
        packages="$packages $package"
    elif [ -z "$allow" ]; then
        echo "deb.sh: $library belongs to no package; build with make release" >&2
        exit 1
    fi
done
for package in $(printf '%s\n' "$packages" | tr ' ' '\n' | sort -u); do
    version=$(dpkg-query --show --showformat='${Version}' "$package")
    # Debian's own revisions change no interface.
    depends="$depends, $package (>= ${version%-*})"
    case $package in
    # The embedded interpreter's standard library; the package's name has the one minor version that will do.
    libpython3.*) depends="$depends, $package-stdlib" ;;
    esac
done

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
root="$stage/root"
mkdir -p "$stage/bin" "$root/DEBIAN"
chmod 0755 "$root"

# Names of functions stay for crash reports; what only a debugger reads goes.
for program in $programs; do
    strip --strip-debug --remove-section=.comment -o "$stage/bin/$program" "$binaries/$program"
done
scripts/install.sh install "$stage/bin" "$root" /usr /etc /usr/lib/systemd/system /usr/lib/sysusers.d \
    /usr/lib/tmpfiles.d
find "$root/usr/share/man" -name '*.1' -exec gzip -9 -n {} +
install -m 0644 packaging/debian/copyright "$root/usr/share/doc/terrarium/copyright"

version=$("$binaries/terrarium" --version)
architecture=$(dpkg --print-architecture)
size=$(du -s -k "$root" | cut -f 1)
sed "s|@VERSION@|$version|; s|@ARCHITECTURE@|$architecture|; s|@SIZE@|$size|; s|@DEPENDS@|$depends|" \
    packaging/debian/control.in >"$root/DEBIAN/control"
install -m 0644 packaging/debian/conffiles "$root/DEBIAN/conffiles"
install -m 0755 packaging/debian/postinst packaging/debian/prerm packaging/debian/postrm "$root/DEBIAN"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"

package="$output/terrarium_${version}_$architecture.deb"
compression=xz
[ -z "$allow" ] || compression=none
dpkg-deb --root-owner-group "-Z$compression" --build "$root" "$package" >/dev/null
echo "$package"
