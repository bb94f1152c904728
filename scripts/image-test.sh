#!/bin/sh
# Carries out the last stage of a Dockerfile in a chroot, where there is no container engine, and has a task run by what the
# image starts. Needs root, and a root such as boot-test.sh makes; a chroot cannot make user namespaces, and neither can a
# container under its engine's usual seccomp profile. What the stage copies from n8n's image cannot be had here: it is
# skipped by name, and Tests/EndToEnd/PackagingScripts/launcher-stand-in.py takes the place of n8n's launcher.
#
# usage: image-test.sh BINARIES ROOT [DOCKERFILE]
set -eu

binaries=$(cd "$1" && pwd)
root=$(realpath "$2")
cd "$(dirname "$0")/.."
dockerfile=${3:-Dockerfile}
stand_in=Tests/EndToEnd/PackagingScripts/launcher-stand-in.py

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
# What an earlier run, or the boot test, left.
chroot "$root" sh -c 'rm -rf /run/terrarium /opt/terrarium /usr/share/terrarium /home/runner /usr/local/bin/task-runner-launcher
    userdel terrarium; groupdel terrarium; userdel runner; groupdel runner; userdel submitter; groupdel submitter' 2>/dev/null || true

# The last stage, one instruction a line.
awk '/^FROM/ { text = ""; next } { text = text $0 "\n" } END { printf "%s", text }' "$dockerfile" |
    sed -e ':more' -e '/\\$/ { N; s/\\\n//; b more' -e '}' >"$stage/instructions"
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
copy() {
    case $1 in
    "--from=build /image/usr /usr") cp -a "$stage/usr/." "$root/usr/" ;;
    # Two entries as n8n's file has them: what is to be kept, and what is to be replaced.
    "--from=n8n /etc/n8n-task-runners.json "*)
        cat >"$root/etc/n8n-task-runners.json" <<'END'
{"task-runners": [
    {"runner-type": "javascript", "workdir": "/home/runner", "command": "/usr/local/bin/node", "args": ["start.js"],
     "health-check-server-port": "5681", "allowed-env": ["PATH"], "env-overrides": {"NODE_FUNCTION_ALLOW_BUILTIN": "crypto"}},
    {"runner-type": "python", "workdir": "/home/runner", "command": "/no/such/python", "args": ["-m", "src.main"],
     "health-check-server-port": "5682", "allowed-env": ["PATH"], "env-overrides": {}}
]}
END
        ;;
    "--from=n8n "*)
        echo "skipped: COPY $1: n8n's image cannot be had here"
        case $1 in *" /usr/local/bin/task-runner-launcher "*)
            install -m 0755 "$stand_in" "$root/usr/local/bin/task-runner-launcher"
            ;;
        esac
        ;;
    --from=*) echo "image-test: no idea where COPY $1 comes from" >&2 && exit 1 ;;
    *)
        target="$root${1##* }"
        install -d "$target"
        # Words on purpose: the files of the build context.
        # shellcheck disable=SC2086
        cp ${1% *} "$target"
        ;;
    esac
}
while read -r instruction rest; do
    case $instruction in
    VOLUME | EXPOSE | WORKDIR | "" | "#"*) ;;
    RUN) in_image sh -c "$rest" >"$stage/log" 2>&1 </dev/null || { cat "$stage/log" && exit 1; } ;;
    COPY) copy "$rest" ;;
    ENV) environment="$environment $rest" ;;
    USER) case $rest in *:*) user=$rest ;; *) user=$rest:$rest ;; esac ;;
    HEALTHCHECK) health=$(words "${rest#*CMD }") ;;
    ENTRYPOINT) entry=$(words "$rest") ;;
    CMD) command=$(words "$rest") ;;
    *) echo "image-test: no idea what $instruction does" >&2 && exit 1 ;;
    esac
done <"$stage/instructions"
[ "${user%%:*}" != root ] || { echo "image-test: the image runs as root" >&2 && exit 1; }

# By itself rather than by in_image, so that its number is the service's.
# shellcheck disable=SC2086
chroot "--userspec=$user" "$root" env -i $environment $entry $command >"$stage/log" 2>&1 &
service=$!

# The start period of the health check, and what has to be true by then.
wait_until() {
    for _ in 1 2 3 4 5; do
        sleep 1
        if "$@"; then return 0; fi
    done
    echo "image-test: not within the start period: $*" >&2
    cat "$stage/log" >&2
    exit 1
}
# shellcheck disable=SC2086
healthy() {
    in_image $health >"$stage/health" 2>&1
}
case $entry in
*task-runner-launcher)
    answered() { healthy && grep -q '^{"answer"' "$stage/log"; }
    wait_until answered
    grep '^skipped: ' "$stage/log"
    grep '^{"answer"' "$stage/log"
    grep -q '^{"answer": "runner:taskdone", "data": {"result": \[{"json": {"sum": 42}}\]}, "prints": \[\["'"'hello'"'"\]\]}$' "$stage/log" ||
        { cat "$stage/log" && exit 1; }
    # What the launcher asks of the runner.
    in_image curl --fail --silent --show-error --max-time 4 http://127.0.0.1:5682/healthz && echo
    ;;
*)
    # The layers are known once a fork server serves.
    layered() { healthy && grep -q seccomp "$stage/health"; }
    wait_until layered
    grep 'sandbox.layers' "$stage/health"
    for layer in identity no_new_privileges limits landlock seccomp; do
        grep -q "sandbox.layers.$layer  *on" "$stage/health" || { echo "image-test: $layer is off" >&2 && exit 1; }
    done
    in_image terrarium run -c 'return {"works": True}'
    ;;
esac
echo "image-test: $dockerfile: all is well"
