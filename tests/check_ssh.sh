#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The recipe for GNU parallel over ssh: check_ssh.sh WORK EVTXSEQ MAKE_LOGS, from the top of the
# tree. The machines are two servers of its own on 127.0.0.1. Exit status 77: it cannot run here.
set -eu
check=check_ssh
# shellcheck source=tests/machines.sh
. tests/machines.sh

stop_servers() {
    for pid in "$work"/server?.pid; do
        [ ! -e "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || true
    done
}

start_server() {
    cat >"$work/server$1.conf" <<END
Port $((22600 + $1))
ListenAddress 127.0.0.1
HostKey $work/key
PidFile $work/server$1.pid
AuthorizedKeysFile $work/key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv PATH=$work/bin:/usr/bin:/bin
END
    /usr/sbin/sshd -f "$work/server$1.conf" -E "$work/server$1.log" ||
        skip "no ssh server can be started; see $work/server$1.log"
    printf 'Host machine%s\n  Port %s\n' "$1" $((22600 + $1)) >>"$work/ssh_config"
    echo "machine$1" >>"$work/run/machines"
}

start_servers() {
    # Without it sshd does not start as root; Debian's own has it made at boot.
    [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
    rm -f "$work/key" "$work/key.pub" "$work/ssh_config" "$work/known_hosts"
    ssh-keygen -q -t ed25519 -N '' -f "$work/key"
    start_server 1
    start_server 2
    cat >>"$work/ssh_config" <<END
Host machine*
  HostName 127.0.0.1
  IdentityFile $work/key
  IdentitiesOnly yes
  UserKnownHostsFile $work/known_hosts
  StrictHostKeyChecking accept-new
  LogLevel ERROR
END
    wait_for ssh -F "$work/ssh_config" machine1 true
    wait_for ssh -F "$work/ssh_config" machine2 true
}

trap stop_servers EXIT
prepare
start_servers
export PARALLEL_SSH="ssh -F $work/ssh_config"
recipe "GNU parallel over ssh" >"$work/recipe"

run_recipe ""
expect_all
run_recipe "2
"
expect_missing "$work/errors"
echo "$check: what machines find by ssh is what one finds, and a part that is lost is named"
