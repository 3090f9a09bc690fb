#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The recipe for Slurm: check_slurm.sh WORK EVTXSEQ MAKE_LOGS, from the top of the tree, as root. The
# cluster is its own, of one node. Exit status 77: it cannot run here.
set -eu
check=check_slurm
# shellcheck source=tests/machines.sh
. tests/machines.sh

stop_cluster() {
    for daemon in slurmd slurmctld munged; do
        pid=$(cat "$work/$daemon.pid" 2>/dev/null || true)
        [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    done
}

# Only munge asks who a user is; nothing is accounted for, and jobs are followed by their parents.
write_config() {
    cat >"$work/slurm.conf" <<END
ClusterName=check
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthInfo=socket=$work/munge.socket
SlurmctldPort=26817
SlurmdPort=26818
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=100000,bf_interval=1
AccountingStorageType=accounting_storage/none
ReturnToService=2
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
}

start_cluster() {
    [ "$(id -u)" -eq 0 ] || skip "Slurm's daemons are to be started by root"
    rm -rf "$work/state" "$work/spool" "$work/munge.key" "$work"/*.log
    mkdir -p "$work/state" "$work/spool"
    (umask 077 && head -c 1024 /dev/urandom >"$work/munge.key")
    write_config
    export SLURM_CONF="$work/slurm.conf"
    munged --force --key-file="$work/munge.key" --socket="$work/munge.socket" \
        --pid-file="$work/munged.pid" --log-file="$work/munged.log" \
        --seed-file="$work/munge.seed" >"$work/daemons" 2>&1 || skip "munged: $(cat "$work/daemons")"
    slurmctld >"$work/daemons" 2>&1 || skip "slurmctld: $(cat "$work/daemons")"
    wait_for scontrol ping
    slurmd >"$work/daemons" 2>&1 || skip "slurmd: $(cat "$work/daemons")"
    wait_for sh -c 'sinfo -h -o %t | grep -q idle'
}

no_jobs() {
    test -z "$(squeue -h)"
}

submit() {
    run_recipe "$1"
    wait_for no_jobs
    cat "$work/run"/slurm-*.out >"$work/said"
}

trap stop_cluster EXIT
prepare
start_cluster
recipe "Slurm" >"$work/recipe"

submit ""
expect_all
submit "2
"
expect_missing "$work/said"
echo "$check: what an array of jobs finds is what one run finds, and a part that is lost is named"
