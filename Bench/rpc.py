"""A call between two processes over RabbitMQ, beside a bare ping-pong of librabbitmq in C.

Both use the cloud's own broker, in turn, with one and with 64 calls in flight. A machine's speed changes from one
second to the next, so that a round compares what was measured side by side, and the round with the median of the
ratios is the one that is told of.
"""

import contextlib
import json
import subprocess

import stack

LATENCY_FACTOR = 1.5
RATE_SHARE = 0.6
ROUNDS = 7  # an odd number
SECONDS = 3
BODY_BYTES = 512
QUEUE = "bench.pingpong"


def measure(report):
    rounds = {1: [], 64: []}
    with _server([f"{stack.BIN}/bench-rpc", "serve"]), _server([f"{stack.BIN}/bench-pingpong", "serve", QUEUE]):
        for _ in range(ROUNDS):
            for in_flight in (1, 64):
                load = [str(in_flight), str(SECONDS), str(BODY_BYTES)]
                bare = _run([f"{stack.BIN}/bench-pingpong", "call", QUEUE, *load])
                rounds[in_flight].append((bare, _run([f"{stack.BIN}/bench-rpc", "call", *load])))
    bare, ours, spread = _median(rounds[1], "p50_us")
    report.add("call, 1 in flight, bare librabbitmq", bare["p50_us"], "µs")
    report.add(
        "call, 1 in flight, p50", ours["p50_us"], "µs", LATENCY_FACTOR * bare["p50_us"],
        reference=f"{ours['p50_us'] / bare['p50_us']:.2f} times bare ({spread})")
    bare, ours, spread = _median(rounds[64], "calls_per_second")
    share = ours["calls_per_second"] / bare["calls_per_second"]
    report.add("calls, 64 in flight, bare librabbitmq", bare["calls_per_second"], "/s")
    report.add(
        "calls, 64 in flight", ours["calls_per_second"], "/s", RATE_SHARE * bare["calls_per_second"], at_least=True,
        reference=f"{100 * share:.0f} % of bare ({spread}), p99 {ours['p99_us'] / 1e3:.1f} ms")


def _median(rounds, key):
    """The round with the median of the ratios of ours to bare, and from which to which these went."""
    ratio = lambda pair: pair[1][key] / pair[0][key]
    ordered = sorted(rounds, key=ratio)
    bare, ours = ordered[len(ordered) // 2]
    return bare, ours, f"{ratio(ordered[0]):.2f} to {ratio(ordered[-1]):.2f}"


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
