#!/usr/bin/env bash
# A real SLURM on this one machine, for tests/farm: as root, on Debian, without systemd. Stop it with stop.sh.
#
#   bash tests/slurm/start.sh FOLDER        # keys, configuration and state go there
#   export SLURM_CONF=FOLDER/slurm.conf     # then: pytest tests/farm -k slurm
set -euo pipefail
home=$(mkdir -p "${1:?a folder for state}" && cd "$1" && pwd)
command -v slurmctld > /dev/null && command -v munged > /dev/null ||
  apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge > /dev/null
host=$(hostname -s)
mkdir -p "$home"/{state,spool,log} /run/munge
head -c 1024 /dev/urandom > "$home/munge.key"
chmod 600 "$home/munge.key"
pgrep munged > /dev/null || munged --force --key-file "$home/munge.key"
memory=$(($(awk '/MemTotal/ {print $2}' /proc/meminfo) / 1024 - 1024))
cat > "$home/slurm.conf" << CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
SlurmUser=root
SlurmdUser=root
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$home/state
SlurmdSpoolDir=$home/spool
SlurmctldPidFile=$home/slurmctld.pid
SlurmdPidFile=$home/slurmd.pid
SlurmctldLogFile=$home/log/slurmctld
SlurmdLogFile=$home/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
MinJobAge=5
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$home/slurm.conf"
slurmctld -f "$SLURM_CONF"
slurmd -f "$SLURM_CONF" -N "$host"
for _ in $(seq 60); do
  [ "$(sinfo -h -o %T 2> /dev/null)" = idle ] && break
  sleep 0.5
done
sinfo
echo "export SLURM_CONF=$SLURM_CONF"
