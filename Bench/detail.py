"""servers/detail of 1,000 servers, beside the mariadb client's reading of the same rows.

The client's time includes its start; its output goes to /dev/null. The request's includes its body. Medians.
"""

import json
import statistics
import subprocess
import time

import openstack_api
import seed
import stack

FACTOR = 5
ROUNDS = 11


def measure(report):
    environment = stack.admin_environment() | {"OS_USERNAME": "demo", "OS_PROJECT_NAME": "demo"}
    session = openstack_api.Session(environment)
    project = stack.sql("identity", "SELECT id FROM projects WHERE name = 'demo'")[0][0]
    url = f"{session.endpoint('compute')}/servers/detail?limit={seed.COUNT}"
    headers = {"OpenStack-API-Version": "compute 2.96"}
    with seed.Seed(project) as rows:
        servers = session.get_json(url, headers)["servers"]
        whole = [one for one in servers if one["addresses"] and one["metadata"] and one["security_groups"]]
        if len(whole) != seed.COUNT:
            raise SystemExit(f"{len(whole)} whole servers of {len(servers)} in the list, instead of {seed.COUNT}")
        reading = rows.reading()
        client, request = [], []
        for _ in range(ROUNDS):
            client.append(_client_seconds(reading))
            request.append(session.seconds(url, headers))
    reference, took = statistics.median(client), statistics.median(request)
    report.add("mariadb client, rows of 1,000 servers", reference * 1e3, "ms")
    report.add(
        "servers/detail of 1,000 servers", took * 1e3, "ms", FACTOR * reference * 1e3,
        reference=f"{took / reference:.2f} times the client, {len(json.dumps(servers)) // 1000} kB")


def _client_seconds(statements):
    start = time.perf_counter()
    subprocess.run([*stack.mariadb("compute"), "-e", statements], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
