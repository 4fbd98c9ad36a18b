"""Load by wrk, one thread of it: answers in a second."""

import os
import re
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def rate(arguments, connections, seconds):
    """Answers in a second of the URL among wrk's arguments; anything but 2xx fails the run."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", *arguments], check=True, text=True,
        stdout=subprocess.PIPE)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(done.stdout)
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout).group(1))


class Requests:
    """Different requests, sent in turn: wrk formats them before it begins, so that they cost it no more than equal ones.

    Each is a method, a path, a dictionary of headers and a body.
    """

    def __init__(self, requests):
        self.file = tempfile.NamedTemporaryFile("w", prefix="requests-")
        for method, path, headers, body in requests:
            pairs = [f"{name}: {value}" for name, value in headers.items()]
            self.file.write("\t".join([method, path, body, *pairs]) + "\n")
        self.file.flush()

    def arguments(self, url):
        return ["-s", f"{HERE}/requests.lua", url, "--", self.file.name]
