"""From exec to the first answer of /healthz, beside an empty Hummingbird server's.

Each daemon is stopped, started a number of times by its own settings while all others run, and started again as
stack.sh does. The empty server is started in between, so that both meet the same machine. Medians.
"""

import os
import signal
import socket
import statistics
import subprocess
import time

import stack

FACTOR = 3
ROUNDS = 11
LIMIT_SECONDS = 30
POLL_SECONDS = 0.0002


def measure(report):
    empty_port = _free_port()
    empty_command = [f"{stack.BIN}/bench-empty-server", str(empty_port)]
    empty, times = [], {}
    _first_answer(empty_command, empty_port)  # The first run reads the program from disk.
    for name in stack.DAEMONS:
        command = [os.path.realpath(f"/opt/apus-stack/bin/{name}"), "--config", f"{stack.CONFIG}/{name}.conf"]
        port = stack.admin_port(name)
        stack.daemon("stop", name)
        try:
            times[name] = []
            for _ in range(ROUNDS):
                empty.append(_first_answer(empty_command, empty_port))
                times[name].append(_first_answer(command, port))
        finally:
            stack.daemon("start", name)
    reference = statistics.median(empty)
    report.add("start, empty server", reference * 1e3, "ms", reference=f"{len(empty)} starts")
    for name, values in times.items():
        report.add(
            f"start, {name}", statistics.median(values) * 1e3, "ms", FACTOR * reference * 1e3,
            reference=f"{statistics.median(values) / reference:.2f} times the empty server")


def _first_answer(command, port):
    """Seconds from the start of a process until it has answered; it is stopped afterwards."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C.UTF-8"})
    try:
        while not _answers(port):
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended with status {process.returncode}")
            if time.perf_counter() - start > LIMIT_SECONDS:
                raise SystemExit(f"{command[0]} did not answer within {LIMIT_SECONDS} s")
            time.sleep(POLL_SECONDS)
        return time.perf_counter() - start
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port):
    with socket.socket() as connection:
        connection.settimeout(5)
        if connection.connect_ex(("127.0.0.1", port)) != 0:
            return False
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return connection.recv(64).startswith(b"HTTP/1.1 200")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
