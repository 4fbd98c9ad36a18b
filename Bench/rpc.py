"""A call between two processes over RabbitMQ, beside a bare ping-pong of librabbitmq in C.

Both use the cloud's own broker, in turn, with one and with 64 calls in flight. Medians of the rounds.
"""

import contextlib
import json
import statistics
import subprocess

import stack

LATENCY_FACTOR = 1.5
RATE_SHARE = 0.6
ROUNDS = 3
SECONDS = 4
BODY_BYTES = 512
QUEUE = "bench.pingpong"


def measure(report):
    ours = {1: [], 64: []}
    bare = {1: [], 64: []}
    with _server([f"{stack.BIN}/bench-rpc", "serve"]), _server([f"{stack.BIN}/bench-pingpong", "serve", QUEUE]):
        for _ in range(ROUNDS):
            for in_flight in (1, 64):
                load = [str(in_flight), str(SECONDS), str(BODY_BYTES)]
                bare[in_flight].append(_run([f"{stack.BIN}/bench-pingpong", "call", QUEUE, *load]))
                ours[in_flight].append(_run([f"{stack.BIN}/bench-rpc", "call", *load]))
    latency, bare_latency = _median(ours[1], "p50_us"), _median(bare[1], "p50_us")
    rate, bare_rate = _median(ours[64], "calls_per_second"), _median(bare[64], "calls_per_second")
    report.add("call, 1 in flight, bare librabbitmq", bare_latency, "µs")
    report.add(
        "call, 1 in flight, p50", latency, "µs", LATENCY_FACTOR * bare_latency,
        reference=f"{latency / bare_latency:.2f} times bare")
    report.add("calls, 64 in flight, bare librabbitmq", bare_rate, "/s")
    report.add(
        "calls, 64 in flight", rate, "/s", RATE_SHARE * bare_rate, at_least=True,
        reference=f"{100 * rate / bare_rate:.0f} % of bare, p99 {_median(ours[64], 'p99_us') / 1e3:.1f} ms")


def _median(runs, key):
    return statistics.median(run[key] for run in runs)


def _run(command):
    done = subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE, timeout=SECONDS + 60, env=stack.rabbit_environment())
    return json.loads(done.stdout)


@contextlib.contextmanager
def _server(command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=stack.rabbit_environment())
    try:
        process.stdout.readline()  # "ready"
        yield
    finally:
        process.kill()
        process.wait()
