"""GET of one small resource with a warm token, beside plain text from the same server.

The resource is a flavor, at compute-api; the plain text is the `OK` of the same listener's /healthcheck, which passes
through the same connection, request id, route, metrics and log, and nothing else. The /healthz of the process's admin
listener, which has none of these, is measured too, for information. wrk loads one after the other. Medians of the
rounds.
"""

import statistics
import urllib.parse

import load
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
    loads = {
        "plain": [urllib.parse.urljoin(compute, "/healthcheck")],
        "admin": [f"http://127.0.0.1:{stack.admin_port('compute-api')}/healthz"],
        "flavor": ["-H", f"X-Auth-Token: {session.token}", f"{compute}/flavors/{flavor}"],
    }
    rates = {name: [] for name in loads}
    for _ in range(ROUNDS):
        for name, arguments in loads.items():
            rates[name].append(load.rate(arguments, CONNECTIONS, SECONDS))
    plain, admin, rate = (statistics.median(rates[name]) for name in ("plain", "admin", "flavor"))
    report.add("plain text of the API", plain, "/s")
    report.add("plain text of the admin listener", admin, "/s")
    report.add(
        "GET of a flavor", rate, "/s", SHARE * plain, at_least=True,
        reference=f"{100 * rate / plain:.0f} % of plain text, {100 * rate / admin:.0f} % of the admin listener's")
