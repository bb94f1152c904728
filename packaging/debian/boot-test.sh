#!/bin/sh
# What scripts/boot-test.sh runs inside the system that it boots.
set -eu

# Runs the commands of operations.md in the blocks with that mark, "" for those without one.
document() {
    awk -v start="\`\`\`sh$1" '$0 == start { on = 1; next } /^```/ { on = 0 } on' operations.md >commands.sh
    [ -s commands.sh ]
    echo "=== operations.md${1:+:$1}"
    sh -eux commands.sh
}

ask() {
    target=$1
    shift
    curl --silent --show-error --max-time 20 --unix-socket /run/terrarium/terrarium.sock "$@" \
        "http://localhost$target"
}

fail() {
    echo "FAILED: $*"
    journalctl --unit terrarium.service --lines 30 --no-pager || true
    exit 1
}

# As others find the machine.
dpkg --purge terrarium >/dev/null 2>&1 || true
id submitter >/dev/null 2>&1 || useradd --create-home submitter
gpasswd --delete submitter terrarium >/dev/null 2>&1 || true

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

echo "=== a bad configuration is not tried again and again"
# So many starts in a few seconds would be an end of their own.
systemctl reset-failed terrarium.service
cp /etc/terrarium/runner.conf good.conf
echo 'TERRARIUM_NONSENSE=1' >>/etc/terrarium/runner.conf
systemctl reload terrarium.service
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
echo "=== all is well"
