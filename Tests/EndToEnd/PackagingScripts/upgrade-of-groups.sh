#!/bin/sh
# Run by in-own-root.sh with old.deb, whose submitters are in the group that reads the settings, and new.deb.
export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
settings=/etc/terrarium/runner.conf
socket=/run/terrarium/terrarium.sock

fail() {
    echo "FAILED: $*"
    exit 1
}
# What a login of that user is allowed.
as() {
    user=$1
    shift
    setpriv "--reuid=$user" "--regid=$user" --init-groups -- "$@"
}
install_package() {
    dpkg --install --force-unsafe-io --force-confold --force-depends "$1" >log 2>&1 || {
        cat log
        fail "cannot install $1"
    }
}
# start LOG COMMAND...: runs a service until its socket is there; its number is in $service.
start() {
    log=$1
    shift
    "$@" >"$log" 2>&1 &
    service=$!
    until curl --silent --unix-socket "$socket" http://localhost/healthz >/dev/null; do
        if ! kill -0 "$service" 2>/dev/null; then
            cat "$log"
            fail "the service did not start"
        fi
        sleep 0.05
    done
}
stop() {
    kill "$service"
    wait "$service" || fail "the service ended with $?"
}

# A machine that never had the package.
for group in terrarium terrarium-users; do
    if getent group "$group" >/dev/null; then fail "this machine has the group $group already"; fi
done
install_package ./old.deb
echo 'TERRARIUM_AUTH_TOKEN=secret' >>$settings
for user in submitter second outsider; do useradd --user-group "$user"; done
for user in submitter second; do gpasswd --add "$user" terrarium >/dev/null; done

echo "=== the control: with the old groups a submitter reads the token"
as submitter grep -q secret $settings || fail "the old package is not like the old one"
if as outsider grep -q secret $settings 2>/dev/null; then fail "anyone reads the settings"; fi

echo "=== an upgrade, of a file that everyone may read, on a machine where the group was made before"
chown root:root $settings
chmod 0644 $settings
groupadd --system terrarium-users
# systemd has the socket open with the group of before.
mkdir -p /run/terrarium
python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('$socket')"
chown root:terrarium $socket
install_package ./new.deb
grep '^terrarium: ' log || true
grep -q '^terrarium: moved from group terrarium to terrarium-users: submitter second\.' log || fail "nothing is said"
[ "$(stat --format '%U:%G %a' $settings)" = "root:terrarium 640" ] || fail "$(stat --format '%U:%G %a' $settings)"
[ "$(stat --format '%U:%G' $socket)" = root:terrarium-users ] || fail "the open socket is the old group's"
[ -z "$(getent group terrarium | cut -d : -f 4)" ] || fail "members are left: $(getent group terrarium)"
[ "$(getent group terrarium-users | cut -d : -f 4)" = submitter,second ] || fail "$(getent group terrarium-users)"
grep -q secret $settings || fail "the upgrade changed the settings"
rm $socket

echo "=== installing it again changes nothing and says nothing"
install_package ./new.deb
if grep '^terrarium: ' log; then fail "it says something"; fi

echo "=== a service started by root: a submitter connects and does not read the settings"
start service.log terrarium serve
[ "$(stat --format '%U:%G %a' $socket)" = "root:terrarium-users 660" ] || fail "$(stat --format '%U:%G %a' $socket)"
if as submitter cat $settings 2>/dev/null; then fail "a submitter reads the settings"; fi
as submitter terrarium run -c 'return {"works": True}' || fail "a submitter may not submit"
if as outsider curl --silent --unix-socket $socket http://localhost/readyz; then fail "an outsider connects"; fi
if as outsider terrarium tasks >refusal 2>&1; then fail "an outsider connects"; fi
wanted="you may not connect to $socket; join the group terrarium-users"
wanted="$wanted (sudo usermod -aG terrarium-users outsider), then log in again"
grep -qF "$wanted" refusal || fail "$(cat refusal)"
stop

echo "=== a service of the user terrarium that binds its socket itself"
install -d -o terrarium -g terrarium -m 0755 /run/terrarium
start service.log env RUNTIME_DIRECTORY=/run/terrarium \
    setpriv --reuid=terrarium --regid=terrarium --groups=terrarium-users terrarium serve --config $settings
[ "$(stat --format '%U:%G %a' $socket)" = "terrarium:terrarium-users 660" ] || fail "$(stat --format '%U:%G %a' $socket)"
as submitter terrarium run -c 'return {"works": True}' || fail "a submitter may not submit"
stop

echo "=== one that is not in the group says what is missing"
status=0
RUNTIME_DIRECTORY=/run/terrarium setpriv --reuid=terrarium --regid=terrarium --clear-groups \
    terrarium serve --config $settings >refusal 2>&1 || status=$?
[ "$status" = 78 ] || fail "$status: $(cat refusal)"
grep -q 'SupplementaryGroups=terrarium-users' refusal || fail "$(cat refusal)"

echo "=== a package whose members stay is found out"
gpasswd --add outsider terrarium >/dev/null
as outsider grep -q secret $settings || fail "the check finds nothing"
echo "=== all is well"
