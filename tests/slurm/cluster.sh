#!/usr/bin/env bash
# A real SLURM of one node on this host, for tests: `cluster.sh start`, `cluster.sh stop`.
#
# For throw-away machines and containers with Debian and root; neither systemd nor cgroups are
# needed. Installs what is missing, writes /etc/slurm/*.conf, starts the daemons, which listen on
# 127.0.0.1 only, and returns when `srun` works. A configuration that is not ours is left alone.
#
# The node claims 8 CPUs, 16 GB and 2 GPUs, whatever the machine has: SLURM counts and allocates
# them. Memory is watched every second and a job above its request is killed. There is no
# accounting, so Snakemake needs `--slurm-status-command squeue`.
set -euo pipefail

mark="# written by lso's tests/slurm/cluster.sh"
conf=/etc/slurm/slurm.conf
host=$(hostname -s)
gpus=2

say() { echo "slurm: $*"; }
die() {
    say "error: $*" >&2
    exit 1
}
wait_for() { # wait_for SECONDS COMMAND...
    local tries=$(($1 * 5))
    shift
    until "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || return 1
        sleep 0.2
    done
}
running() { pgrep -F "$1" >/dev/null 2>&1; }
controller_answers() { scontrol ping | grep -q 'is UP'; }
node_is_idle() { sinfo -h -N -n "$host" -o %T | grep -qx idle; }

install_packages() {
    dpkg -s slurm-wlm munge >/dev/null 2>&1 && return
    say "installing slurm-wlm and munge"
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends slurm-wlm munge >/dev/null
}

start_munge() {
    [[ -s /etc/munge/munge.key ]] || runuser -u munge -- mungekey --create
    install -d -o munge -g munge -m 0755 /run/munge
    munge -n >/dev/null 2>&1 || runuser -u munge -- munged
    wait_for 10 munge -n || die "munged does not answer"
}

write_configuration() {
    install -d -m 0755 /etc/slurm /var/log/slurm /run/lso-slurm /var/spool/slurmctld /var/spool/slurmd
    cat >"$conf" <<END
$mark
ClusterName=local
SlurmctldHost=$host(127.0.0.1)
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
SlurmUser=root
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=/var/log/slurm/slurmctld.log
SlurmdLogFile=/var/log/slurm/slurmd.log
AccountingStorageType=accounting_storage/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
# finished jobs stay visible to squeue for so many seconds
MinJobAge=3600
KillWait=5
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=8 RealMemory=16000 Gres=gpu:$gpus
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE
END
    {
        echo "$mark"
        echo "AutoDetect=off"
        for ((i = 0; i < gpus; i++)); do
            ln -sf /dev/null "/run/lso-slurm/gpu$i" # a GPU counts only if it has a device file
            echo "Name=gpu File=/run/lso-slurm/gpu$i"
        done
    } >/etc/slurm/gres.conf
}

start() {
    [[ $EUID -eq 0 ]] || die "must run as root"
    [[ -e /etc/debian_version ]] || die "knows Debian only"
    install_packages
    if [[ -e $conf ]]; then
        grep -qxF "$mark" "$conf" || die "$conf is not ours and stays as it is"
        if running /run/slurmctld.pid && running /run/slurmd.pid; then
            say "already running"
            return
        fi
        stop # remains of a start that failed
    fi
    start_munge
    write_configuration
    slurmctld -c
    wait_for 30 controller_answers || die "see /var/log/slurm/slurmctld.log"
    slurmd -c
    wait_for 30 node_is_idle || die "node is not idle; see /var/log/slurm/slurmd.log"
    srun -Q -n1 --gpus=1 true || die "srun --gpus=1 failed"
    say "ready: $(sinfo -h -o '%D node, %c CPUs, %m MB, %G')"
}

end() { # end PIDFILE: ask a daemon to stop, then make it
    local pid
    pid=$(pgrep -F "$1" 2>/dev/null) || return 0
    kill "$pid"
    wait_for 10 eval "! kill -0 $pid" || kill -KILL "$pid"
}

stop() {
    [[ -e $conf ]] || return 0
    grep -qxF "$mark" "$conf" || die "$conf is not ours and stays as it is"
    timeout 10 scancel --me >/dev/null 2>&1 || true
    end /run/slurmd.pid
    end /run/slurmctld.pid
    end /run/munge/munged.pid
    rm -rf "$conf" /etc/slurm/gres.conf /run/lso-slurm /var/spool/slurmctld /var/spool/slurmd
    say "stopped"
}

case "${1:-}" in
start | stop) "$1" ;;
*) die "expected start or stop, came '${1:-}'" ;;
esac
