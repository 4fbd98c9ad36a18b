"""Resident memory of each daemon and the proportional share of all eight, idle.

A minute after the youngest was started, with no requests; from the kernel's smaps_rollup.
"""

import os
import time

import stack

DAEMON_MB = 40
TOGETHER_MB = 160
SETTLING_SECONDS = 60


def measure(report):
    stack.wait_idle(max(5, SETTLING_SECONDS - _youngest()))
    total = private = 0
    for name in stack.DAEMONS:
        sizes = _sizes(stack.pid(name))
        total += sizes["Pss"]
        own = sizes["Private_Dirty"] + sizes["Private_Clean"]
        private += own
        threads = len(os.listdir(f"/proc/{stack.pid(name)}/task"))
        report.add(
            f"resident, {name}", sizes["Rss"] / 1e6, "MB", DAEMON_MB,
            reference=f"pss {sizes['Pss'] / 1e6:.1f}, own {own / 1e6:.1f} MB, {threads} threads")
    report.add("proportional, all eight", total / 1e6, "MB", TOGETHER_MB, reference=f"own {private / 1e6:.1f} MB")


def _sizes(pid):
    """Bytes by name."""
    sizes = {}
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            words = line.split()
            if len(words) == 3 and words[2] == "kB":
                sizes[words[0].rstrip(":")] = int(words[1]) * 1024
    return sizes


def _youngest():
    """Seconds since the last daemon was started."""
    with open("/proc/uptime") as file:
        uptime = float(file.read().split()[0])
    ages = []
    for name in stack.DAEMONS:
        with open(f"/proc/{stack.pid(name)}/stat") as file:
            ticks = int(file.read().rsplit(")", 1)[1].split()[19])
        ages.append(uptime - ticks / os.sysconf("SC_CLK_TCK"))
    return min(ages)
