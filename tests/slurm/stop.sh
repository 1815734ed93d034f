#!/usr/bin/env bash
# Stops the SLURM that start.sh began: bash tests/slurm/stop.sh FOLDER
set -u
for name in slurmd slurmctld; do
  [ -f "${1:?the folder of start.sh}/$name.pid" ] && kill "$(cat "$1/$name.pid")"
done
pkill munged
