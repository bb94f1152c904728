#!/bin/sh
# In place of systemctl where systemd is not the first process: start, stop, restart and reload of terrarium.service, by the commands
# of its unit.
#
# usage: systemctl start|stop|restart|reload terrarium; all else, such as the presets of an installation, does nothing
set -eu
unit=/usr/lib/systemd/system/terrarium.service
socket=/run/terrarium/terrarium.sock
number=/run/terrarium.pid
log=/var/log/terrarium.log
[ "${2:-}" = terrarium ] || exit 0

ready() {
    curl --silent --fail --output /dev/null --unix-socket "$socket" http://localhost/readyz
}

case $1 in
start)
    install -d -o terrarium -g terrarium -m 0755 /run/terrarium
    command=$(sed -n 's/^ExecStart=//p' "$unit")
    # Words on purpose: a command and its arguments.
    # shellcheck disable=SC2086
    RUNTIME_DIRECTORY=/run/terrarium setpriv --reuid=terrarium --regid=terrarium --groups=terrarium-users $command \
        >>"$log" 2>&1 </dev/null &
    service=$!
    echo "$service" >"$number"
    until ready; do
        if ! kill -0 "$service" 2>/dev/null; then
            tail -n 1 "$log"
            exit 1
        fi
        sleep 0.05
    done
    ;;
stop)
    kill "$(cat "$number")"
    while kill -0 "$(cat "$number")" 2>/dev/null; do sleep 0.05; done
    rm "$number"
    ;;
restart)
    "$0" stop terrarium
    "$0" start terrarium
    ;;
reload)
    sed -n 's/^ExecReload=//p' "$unit" | while read -r command; do
        # shellcheck disable=SC2086
        MAINPID=$(cat "$number") sh -ec "$command"
    done
    ;;
*) exit 2 ;;
esac
