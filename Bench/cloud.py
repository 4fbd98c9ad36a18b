"""Times the same requests on any OpenStack cloud, for comparison: OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, …

Prints medians and rates; nothing is changed in the cloud and nothing is judged.
"""

import argparse
import os
import statistics
import threading
import time

import openstack_api
import report

COUNT = 40
THREADS = 8
RATE_SECONDS = 4


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--json", default="bench-cloud.json", help="where the figures are written")
    arguments = arguments.parse_args()
    missing = [name for name in ("OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD") if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"{missing[0]} is not set: source the cloud's openrc")
    figures = report.Report()
    session = openstack_api.Session(os.environ)
    _time(figures, "token by password", session.log_in)
    for name, url in _requests(session):
        _time(figures, name, lambda url=url: session.get(url))
        figures.add(f"{name}, {THREADS} clients", _rate(url), "/s")
    figures.print()
    figures.write(arguments.json)


def _requests(session):
    """The names and URLs of what is asked; of single resources the first in the list."""
    compute, network = session.endpoint("compute"), session.endpoint("network")
    image, volume = session.endpoint("image"), session.endpoint("block-storage", "volumev3")
    found = [
        ("servers", f"{compute}/servers"), ("servers, detail", f"{compute}/servers/detail"),
        ("flavors", f"{compute}/flavors"), ("images", f"{image}/v2/images"), ("networks", f"{network}/v2.0/networks"),
        ("ports", f"{network}/v2.0/ports"), ("volumes, detail", f"{volume}/volumes/detail"),
    ]
    for kind, listed, single in (
            ("flavor", f"{compute}/flavors", f"{compute}/flavors"),
            ("server", f"{compute}/servers", f"{compute}/servers"),
            ("image", f"{image}/v2/images", f"{image}/v2/images"),
            ("network", f"{network}/v2.0/networks", f"{network}/v2.0/networks")):
        items = session.get_json(listed)[f"{kind}s"]
        if items:
            found.append((kind, f"{single}/{items[0]['id']}"))
    return found


def _time(figures, name, action):
    action()
    times = []
    for _ in range(COUNT):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    worst = sorted(times)[int(COUNT * 0.95)]
    figures.add(name, statistics.median(times) * 1e3, "ms", reference=f"p95 {worst * 1e3:.1f} ms")


def _rate(url):
    """Answers in a second for some clients at a time, each with a connection of its own."""
    counts = [0] * THREADS
    sessions = [openstack_api.Session(os.environ) for _ in range(THREADS)]
    end = time.monotonic() + RATE_SECONDS

    def load(index):
        while time.monotonic() < end:
            sessions[index].get(url)
            counts[index] += 1

    threads = [threading.Thread(target=load, args=(index,)) for index in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / RATE_SECONDS


main()
