"""GET of one small resource with a warm token, beside plain text from the same process.

The resource is a flavor, at compute-api; the plain text is the /healthz of its admin listener, which is the same
server library in the same process. wrk loads one, then the other. Medians of the rounds.
"""

import re
import statistics
import subprocess

import openstack_api
import stack

SHARE = 0.5
ROUNDS = 3
SECONDS = 6
CONNECTIONS = 32


def measure(report):
    session = openstack_api.Session(stack.admin_environment())
    compute = session.endpoint("compute")
    flavor = session.get_json(f"{compute}/flavors")["flavors"][0]["id"]
    url, token = f"{compute}/flavors/{flavor}", f"X-Auth-Token: {session.token}"
    plain_url = f"http://127.0.0.1:{stack.admin_port('compute-api')}/healthz"
    plain, resource = [], []
    for _ in range(ROUNDS):
        plain.append(_rate([plain_url]))
        resource.append(_rate(["-H", token, url]))
    reference, rate = statistics.median(plain), statistics.median(resource)
    report.add("plain text", reference, "/s")
    report.add(
        "GET of a flavor", rate, "/s", SHARE * reference, at_least=True,
        reference=f"{100 * rate / reference:.0f} % of plain text")


def _rate(arguments):
    """Answers in a second; anything but 2xx fails the run."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *arguments], check=True, text=True, stdout=subprocess.PIPE)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(done.stdout)
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout).group(1))
