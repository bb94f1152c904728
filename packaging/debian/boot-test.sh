#!/bin/sh
# What scripts/boot-test.sh runs, in /root, inside the system that it boots.
set -eu

# Runs the commands of operations.md, or of another document, in the blocks with that mark, "" for those without one.
document() {
    awk -v start="\`\`\`sh$1" '$0 == start { on = 1; next } /^```/ { on = 0 } on' "${2:-operations.md}" >commands.sh
    [ -s commands.sh ]
    echo "=== $(basename "${2:-operations.md}")${1:+:$1}"
    sh -eux commands.sh
}

# Runs the README's blocks with that mark, each in a login of its own of a user who may use sudo, in the folder that the
# package was built in.
readme() {
    rm -f /home/submitter/block.*
    awk -v start="\`\`\`sh $1" '$0 == start { on = 1; count++; next } /^```/ { on = 0 }
        on { print >"/home/submitter/block." count }' README.md
    [ -s /home/submitter/block.1 ]
    for block in /home/submitter/block.*; do
        echo "=== README.md: $1, $(basename "$block")"
        runuser -l submitter -c "cd checkout && sh -eux $block" || fail "README.md: $1"
    done
}

ask() {
    target=$1
    shift
    curl --silent --show-error --max-time 20 --unix-socket /run/terrarium/terrarium.sock "$@" \
        "http://localhost$target"
}

fail() {
    echo "FAILED: $*"
    journalctl --unit terrarium.service --unit terrarium.socket --lines 30 --no-pager || true
    exit 1
}

# As others find the machine.
dpkg --purge terrarium >/dev/null 2>&1 || true
id submitter >/dev/null 2>&1 || useradd --create-home --shell /bin/sh submitter
leave_groups() {
    for group in terrarium terrarium-users; do gpasswd --delete submitter "$group" >/dev/null 2>&1 || true; done
}
leave_groups
echo 'submitter ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/submitter
rm -rf /home/submitter/checkout
mkdir -p /home/submitter/checkout/.build/deb
cp terrarium_*.deb /home/submitter/checkout/.build/deb
chown -R submitter:submitter /home/submitter/checkout

settings=/etc/terrarium/runner.conf
socket=/run/terrarium/terrarium.sock
readme "service"
[ "$(stat --format '%U:%G %a' $settings)" = "root:terrarium 640" ] || fail "who owns the settings?"
[ "$(stat --format '%U:%G %a' $socket)" = "root:terrarium-users 660" ] || fail "who owns the socket?"
if runuser -l submitter -c "cat $settings"; then fail "a submitter reads the settings"; fi
# A socket unit starts only while its service is stopped.
systemctl stop terrarium.service terrarium.socket
systemctl start terrarium.socket terrarium.service
[ "$(stat --format '%U:%G %a' $socket)" = "root:terrarium-users 660" ] || fail "who owns the socket?"
dpkg --purge terrarium

echo "=== an upgrade from the groups of earlier packages"
leave_groups
apt-get install --yes ./old-groups.deb
gpasswd --add submitter terrarium
runuser -l submitter -c "test -r $settings" || fail "the old package is not like the old one"
runuser -l submitter -c "terrarium run -c 'return {\"old\": True}'"
[ "$(stat --format %G $socket)" = terrarium ] || fail "the old package is not like the old one"
chown root:root $settings
chmod 0644 $settings
apt-get install --yes ./terrarium_*.deb | tee upgrade.log
grep '^terrarium: moved from group terrarium to terrarium-users: submitter\.' upgrade.log || fail "nothing is said"
[ "$(stat --format '%U:%G %a' $settings)" = "root:terrarium 640" ] || fail "who owns the settings?"
[ "$(stat --format '%G %a' $socket)" = "terrarium-users 660" ] || fail "who owns the open socket?"
if runuser -l submitter -c "cat $settings"; then fail "a submitter reads the settings"; fi
runuser -l submitter -c "terrarium run -c 'return {\"new\": True}'" || fail "a submitter may not submit"

echo "=== the service makes its socket itself when the socket unit is off"
systemctl disable --now terrarium.socket
systemctl restart terrarium.service
[ "$(stat --format '%U:%G %a' $socket)" = "terrarium:terrarium-users 660" ] || fail "who owns the socket?"
runuser -l submitter -c "terrarium run -c 'return {\"own\": True}'" || fail "a submitter may not submit"
dpkg --purge terrarium
leave_groups

document ""

echo "=== every layer is on, under the unit's own hardening"
layers=$(ask /metrics | grep '^terrarium_sandbox_layer_active')
[ "$(echo "$layers" | wc -l)" -ge 16 ] || fail "few layers: $layers"
# Control groups are an extra, for which the machine has to have its controllers in the unified hierarchy.
echo "$layers" | grep -v 'layer="cgroup"' | grep ' 0$' && fail "a layer is off"

echo "=== who is not in the group is not let in"
if runuser -u nobody -- curl --silent --unix-socket /run/terrarium/terrarium.sock http://localhost/readyz; then
    fail "nobody was let in"
fi

echo "=== beside an n8n without containers"
# In place of n8n's launcher, which cannot be had here: it reads what its unit gives it.
cat >/usr/local/bin/task-runner-launcher <<'END'
#!/bin/sh
set -eu
[ "$*" = javascript ] && grep -q '"javascript"' "$N8N_RUNNERS_CONFIG_PATH" && [ -n "$N8N_RUNNERS_AUTH_TOKEN" ]
if touch "$N8N_RUNNERS_CONFIG_PATH" || cat /etc/n8n/runners.env || [ "$(id -u)" = 0 ]; then exit 1; fi
echo "the launcher has its token"
exec sleep infinity
END
chmod 0755 /usr/local/bin/task-runner-launcher
(cd checkout && document " systemd" ../n8n.md) || fail "n8n.md: systemd"
said() {
    timeout 20 sh -c "until journalctl --unit $1 --output cat | grep -q '$2'; do sleep 0.2; done" || fail "$1 never says: $2"
}
said n8n-javascript-runner.service "the launcher has its token"
# There is no n8n. Without a token there would be no bridge.
said terrarium.service "no grant token from the task broker.*Connection refused"
ask /metrics | grep '^terrarium_n8n_connected 0' || fail "no bridge"
token=$(cut -d = -f 2 /etc/n8n/runners.env)
if runuser -l submitter -c "systemctl show terrarium.service; cat /etc/n8n/runners.env" | grep -F "$token"; then
    fail "the token is shown"
fi
systemctl disable --now n8n-javascript-runner.service
rm -r /etc/n8n /etc/systemd/system/n8n.service.d /etc/systemd/system/terrarium.service.d \
    /etc/systemd/system/n8n-javascript-runner.service /usr/local/bin/task-runner-launcher
systemctl daemon-reload
systemctl restart terrarium.service

echo "=== it is back after a crash"
before=$(systemctl show --property MainPID --value terrarium.service)
systemctl kill --signal KILL terrarium.service
ask /v1/run --data '{"code": "return {\"n\": 1}"}' | grep '"outcome":"succeeded"' || fail "no answer after a crash"
[ "$(systemctl show --property MainPID --value terrarium.service)" != "$before" ] || fail "it never died"

echo "=== it is back after it hangs"
sed -i 's/^WatchdogSec=.*/WatchdogSec=2/' /lib/systemd/system/terrarium.service
systemctl daemon-reload
systemctl restart terrarium.service
before=$(systemctl show --property MainPID --value terrarium.service)
kill -STOP "$before"
# The dying service is not asked: the one after it answers from the same socket.
ask /v1/run --data '{"code": "return {\"n\": 2}"}' | grep '"outcome":"succeeded"' || {
    sleep 1
    ask /v1/run --data '{"code": "return {\"n\": 2}"}' | grep '"outcome":"succeeded"' || fail "no answer after a hang"
}
[ "$(systemctl show --property MainPID --value terrarium.service)" != "$before" ] || fail "the watchdog slept"

echo "=== a task has its grace, though the unit's own patience and its watchdog's are shorter"
sed -i 's/^TimeoutStopSec=.*/TimeoutStopSec=1/' /lib/systemd/system/terrarium.service
echo 'TERRARIUM_GRACEFUL_SHUTDOWN_TIMEOUT=20' >>/etc/terrarium/runner.conf
systemctl daemon-reload
systemctl restart terrarium.service
ask /v1/run --data '{"code": "import time\ntime.sleep(5)\nreturn {\"n\": 3}"}' >answer &
until ask /metrics | grep -q '^terrarium_tasks_running 1'; do sleep 0.1; done
systemctl stop terrarium.service
wait $! || fail "the task was not answered"
grep '"outcome":"succeeded"' answer || fail "the task had no grace"

echo "=== the socket starts it"
[ -S /run/terrarium/terrarium.sock ] || fail "the socket went with the service"
ask /v1/run --data '{"code": "return {\"n\": 3}"}' | grep '"outcome":"succeeded"' || fail "no answer from the socket"

echo "=== a reload returns when the new policy holds, and fails with the reason"
allowed() { terrarium run -c 'import pathlib
return {"n": 1}' --format ndjson; }
cp $settings good.conf
if allowed; then fail "pathlib is allowed already"; fi
echo 'TERRARIUM_STDLIB_ALLOW=@safe,pathlib' >>$settings
systemctl reload terrarium.service || fail "a good file was not reloaded"
allowed || fail "the reload returned before the policy held"
echo 'TERRARIUM_MAX_PAYLOAD=much' >>$settings
if systemctl reload terrarium.service; then fail "a reload with a mistake succeeded"; fi
journalctl --unit terrarium.service --output cat | grep '^error: not reloaded: .*TERRARIUM_MAX_PAYLOAD="much"' ||
    fail "the reason is not in the journal"
allowed || fail "a reload with a mistake changed the policy"
cp good.conf $settings
systemctl reload terrarium.service || fail "the file that is good again was not reloaded"
if allowed; then fail "the reload returned before the policy held"; fi

echo "=== a bad configuration is not tried again and again"
# So many starts in a few seconds would be an end of their own.
systemctl reset-failed terrarium.service
cp /etc/terrarium/runner.conf good.conf
echo 'TERRARIUM_NONSENSE=1' >>/etc/terrarium/runner.conf
if systemctl reload terrarium.service; then fail "a mistake was reloaded"; fi
ask /healthz || fail "a reload with a mistake ended it"
if systemctl restart terrarium.service; then fail "a mistake was taken"; fi
[ "$(systemctl show --property ExecMainStatus --value terrarium.service)" = 78 ] || fail "not 78"
[ "$(systemctl show --property NRestarts --value terrarium.service)" = 0 ] || fail "it was tried again"
cp good.conf /etc/terrarium/runner.conf
systemctl reset-failed terrarium.service terrarium.socket
systemctl start terrarium.socket terrarium.service

document " upgrade"
grep -q '^TERRARIUM_TASK_TIMEOUT=30' /etc/terrarium/runner.conf || fail "the upgrade changed the configuration"
systemctl is-active terrarium.service terrarium.socket || fail "not running after the upgrade"
[ "$(stat --format '%U:%G %a' /etc/terrarium/runner.conf)" = "root:terrarium 640" ] || fail "who owns the configuration?"

document " remove"
for left in /usr/bin/terrarium /usr/libexec/terrarium /etc/terrarium /run/terrarium/terrarium.sock \
    /etc/systemd/system/multi-user.target.wants/terrarium.service; do
    [ ! -e "$left" ] || fail "$left is left"
done

cd checkout
cp ../operations.md .
document " source"
systemctl is-active terrarium.socket terrarium.service || fail "not running after make install"
[ "$(stat --format '%U:%G %a' $settings)" = "root:terrarium 640" ] || fail "who owns the settings?"
[ "$(stat --format '%U:%G %a' $socket)" = "root:terrarium-users 660" ] || fail "who owns the socket?"
ask /v1/run --data '{"code": "return {\"n\": 4}"}' | grep '"outcome":"succeeded"' || fail "no answer after make install"
systemctl disable --now terrarium.socket terrarium.service
make uninstall PREFIX=/usr
rm -r /etc/terrarium
echo "=== all is well"
