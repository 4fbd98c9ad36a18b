"""When the daemon was down, and whether what clients saw then and otherwise is all that they may see."""

import time

from .clients import LIMIT_SECONDS

REFUSED = "ConnectionRefusedError"


class Outages:
    """When it was killed, when it was gone, and when it answered again."""

    def __init__(self):
        self.times = []

    def one(self, identity):
        start = time.monotonic()
        identity.kill()
        gone = time.monotonic()
        identity.start()
        self.times.append((start, gone, time.monotonic()))

    def holds(self, event):
        """Whether the daemon was down at some moment between the request's begin and end."""
        return any(event.began <= end and event.ended >= start for start, _, end in self.times)

    def cut(self, event):
        """Whether the connection, opened before a kill, was used during or after it."""
        return any(event.connected <= gone and event.ended >= start for start, gone, _ in self.times)


def verdicts(events, outages):
    """Names of what must hold, each with what contradicts it."""
    def listed(wrong):
        return [f"{event.method} {event.path}: {event.failure or event.status}" for event in wrong]

    without = [event for event in events if event.status is None]
    refused = [event for event in without if event.failure == REFUSED]
    others = [event for event in without if event.failure != REFUSED]
    return [
        ("connections are refused only while it is down", listed(e for e in refused if not outages.holds(e))),
        ("connections break only by a kill", listed(e for e in others if not outages.cut(e))),
        ("every answer is a good one", listed(e for e in events if e.status is not None and e.status >= 300)),
        ("nothing hangs", listed(e for e in events if e.ended - e.began > LIMIT_SECONDS / 2)),
        ("clients were at work when it was killed", [] if refused and others else ["no request met a kill"]),
        ("it was at work after each kill", [
            f"no answer between {end:.3f} and the next kill" for end, after in _between(outages, events)
            if not any(e.status is not None and end < e.ended < after for e in events)]),
    ]


def _between(outages, events):
    last = max(event.ended for event in events)
    starts = [start for start, _, _ in outages.times[1:]] + [last]
    return [(end, start) for (_, _, end), start in zip(outages.times, starts)]
