#!/bin/sh
# Puts the built programs and their files where they belong, or takes them away again.
#
# usage: install.sh install|uninstall BINARIES DESTDIR PREFIX SYSCONFDIR UNITDIR SYSUSERSDIR TMPFILESDIR
set -eu

action=$1
binaries=$2
destination=$3
prefix=$4
configuration=$5
units=$6
sysusers=$7
tmpfiles=$8
cd "$(dirname "$0")/.."

program="$destination$prefix/bin/terrarium"
worker="$destination$prefix/libexec/terrarium/terrarium-worker"
bench="$destination$prefix/bin/terrarium-bench"
baseline="$destination$prefix/libexec/terrarium/terrarium-baseline"
unit="$destination$units/terrarium.service"
socket="$destination$units/terrarium.socket"
users="$destination$sysusers/terrarium.conf"
owners="$destination$tmpfiles/terrarium.conf"
settings="$destination$configuration/terrarium/runner.conf"
documents="$destination$prefix/share/doc/terrarium"
manuals="$destination$prefix/share/man/man1"
bash_completion="$destination$prefix/share/bash-completion/completions/terrarium"
fish_completion="$destination$prefix/share/fish/vendor_completions.d/terrarium.fish"
# Debian's zsh reads vendor-completions below /usr only.
zsh_functions=site-functions
[ "$prefix" != /usr ] || zsh_functions=vendor-completions
zsh_completion="$destination$prefix/share/zsh/$zsh_functions/_terrarium"

# Writes a file with the places filled in.
place() {
    install -d "$(dirname "$2")"
    sed "s|@PREFIX@|$prefix|g; s|@SYSCONFDIR@|$configuration|g" "$1" >"$2"
    chmod 0644 "$2"
}

# Writes what a program says about itself for a shell.
write_completion() {
    install -d "$(dirname "$2")"
    "$program" --generate-completion-script "$1" >"$2"
    chmod 0644 "$2"
}

# Members of the group terrarium can read the settings. Before there was terrarium-users, those who submit tasks
# were members.
name_old_submitters() {
    for user in $(getent group terrarium | cut -d : -f 4 | tr ',' ' '); do
        echo "install.sh: $user is in the group terrarium and can read the tokens in $settings; after systemd-sysusers:" \
            "gpasswd --add $user terrarium-users && gpasswd --delete $user terrarium"
    done
}

case $action in
install)
    install -D -m 0755 "$binaries/terrarium" "$program"
    install -D -m 0755 "$binaries/terrarium-worker" "$worker"
    install -D -m 0755 "$binaries/terrarium-bench" "$bench"
    install -D -m 0755 "$binaries/terrarium-baseline" "$baseline"
    place packaging/systemd/terrarium.service "$unit"
    place packaging/systemd/terrarium.socket "$socket"
    place packaging/tmpfiles.d/terrarium.conf "$owners"
    install -D -m 0644 packaging/sysusers.d/terrarium.conf "$users"
    install -D -m 0644 runner.conf.example "$documents/runner.conf.example"
    # With the folders of the source tree, so that the links between the documents hold.
    for file in LICENSE NOTICE *.md docs/*.md docs/*.yaml docs/*/*.md clients/python/*.* clients/python/src/*/* \
        examples/*/* packaging/prometheus/* packaging/grafana/* packaging/n8n/*.* packaging/n8n/Dockerfile; do
        install -D -m 0644 "$file" "$documents/$file"
    done
    write_completion bash "$bash_completion"
    write_completion zsh "$zsh_completion"
    write_completion fish "$fish_completion"
    if command -v python3 >/dev/null; then
        COLUMNS=80 "$program" --experimental-dump-help | scripts/manpages.py "$("$program" --version)" "$manuals"
        chmod 0644 "$manuals"/terrarium*.1
    else
        echo "install: there is no python3, so no manual pages are installed; install python3 and run this again" >&2
    fi
    # What an operator wrote stays. It may hold tokens: root and the service's group read it; systemd-tmpfiles sets the
    # owner once systemd-sysusers has made the group.
    if [ ! -e "$settings" ]; then
        install -D -m 0640 runner.conf.example "$settings"
    fi
    chmod 0640 "$settings"
    [ -n "$destination" ] || name_old_submitters
    ;;
uninstall)
    rm -f "$program" "$worker" "$bench" "$baseline" "$unit" "$socket" "$users" "$owners"
    rm -f "$manuals"/terrarium*.1 "$bash_completion" "$zsh_completion" "$fish_completion"
    rm -rf "$documents"
    rmdir "$(dirname "$worker")" 2>/dev/null || true
    echo "left in place: $settings"
    ;;
*)
    echo "install.sh: unknown action: $action" >&2
    exit 2
    ;;
esac
