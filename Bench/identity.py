"""Tokens of 10,000 users with 100,000 assignments, at an identity daemon of its own, beside plain text and bcrypt alone.

wrk loads with 16 connections; requests in turn are of different users. Medians of the rounds, in each of which every
load has its turn beside those that it is compared with.
"""

import json
import os
import statistics
import subprocess
import sys

import identity_seed as seed
import load
import openstack_api

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Support"))
import private_identity  # noqa: E402

CLIENTS = 16
TOKENS = 1000
ROUNDS = 3
SECONDS = 5
BCRYPT_COST = 12
BCRYPT_THREADS = 2
BCRYPT_SECONDS = 15
LIST_ROUNDS = 41

VALIDATION, LOGIN, ISSUE = 0.5, 0.95, 0.25
LIST_FACTOR = 2
MEMORY_MB = 60
SETTINGS = f"""[auth]
methods = password,token,application_credential
[passwords]
hash_rounds = {BCRYPT_COST}
threads = {BCRYPT_THREADS}
"""


def measure(report):
    programs = os.environ.get("APUS_BIN_PATH", "/opt/apus-stack/bin")
    with private_identity.PrivateIdentity(programs, SETTINGS) as identity:
        seed.fill(identity, _bcrypt(programs, 0.1)[0])
        session = openstack_api.Session(identity.environment)
        _tokens(report, identity, session)
        _logins(report, identity, programs)
        _list(report, identity, session)
        report.add("identity, resident at most", _peak(identity.process.pid) / 1e6, "MB", MEMORY_MB)


def _tokens(report, identity, session):
    """Validation and issue, beside plain text of the same listener."""
    users = range(seed.LOGINS + 1, seed.LOGINS + 1 + TOKENS)
    tokens = {number: _issue(session, identity, _password(number)) for number in users}
    subjects = [
        ("GET", "/v3/auth/tokens", {"X-Auth-Token": session.token, "X-Subject-Token": token}, "")
        for token in tokens.values()]
    # Each changes to another project than the token's: the one that the user has the next role in.
    exchanges = [_post(_exchange(token, number)) for number, token in tokens.items()]
    credentials = [_post(_application_credential(number)) for number in users]
    loads = {
        "plain": load.Requests([("GET", "/healthcheck", {}, "")]), "validation": load.Requests(subjects),
        "token": load.Requests(exchanges), "application credential": load.Requests(credentials),
    }
    shares = {name: [] for name in loads}
    plain = []
    for _ in range(ROUNDS):
        rates = {
            name: load.rate(requests.arguments(identity.url), CLIENTS, SECONDS) for name, requests in loads.items()}
        plain.append(rates["plain"])
        for name, rate in rates.items():
            shares[name].append(rate / rates["plain"])
    reference = statistics.median(plain)
    report.add("plain text of identity", reference, "/s")
    for name, title, least in (
            ("validation", "token validation", VALIDATION), ("token", "token for a token", ISSUE),
            ("application credential", "token for an application credential", ISSUE)):
        share = statistics.median(shares[name])
        report.add(
            title, share * reference, "/s", least * reference, at_least=True,
            reference=f"{100 * share:.0f} % of plain text")


def _logins(report, identity, programs):
    """Passwords of the usual cost, beside bcrypt alone on as many threads."""
    requests = load.Requests([_post(_password(number)) for number in range(1, seed.LOGINS + 1)])
    shares, alone = [], []
    for _ in range(ROUNDS):
        alone.append(_bcrypt(programs, BCRYPT_SECONDS)[1])
        shares.append(load.rate(requests.arguments(identity.url), CLIENTS, BCRYPT_SECONDS) / alone[-1])
    reference, share = statistics.median(alone), statistics.median(shares)
    report.add(f"bcrypt alone, cost {BCRYPT_COST}, {BCRYPT_THREADS} threads", reference, "/s")
    report.add(
        "login with a password", share * reference, "/s", LOGIN * reference, at_least=True,
        reference=f"{100 * share:.1f} % of bcrypt alone")


def _list(report, identity, session):
    """The first and the last hundred users."""
    marker = identity.sql("SELECT id FROM users ORDER BY id DESC LIMIT 100, 1")[0][0]
    urls = [f"{identity.url}/v3/users?limit=100", f"{identity.url}/v3/users?limit=100&marker={marker}"]
    for url in urls:
        if len(session.get_json(url)["users"]) != 100:
            raise SystemExit(f"{url}: not a hundred users")
    times = [[session.seconds(url) for url in urls] for _ in range(LIST_ROUNDS)]
    start, end = (statistics.median(column) for column in zip(*times))
    report.add("the first 100 users of 10,000", start * 1e3, "ms")
    report.add(
        "the last 100 users", end * 1e3, "ms", LIST_FACTOR * start * 1e3,
        reference=f"{end / start:.2f} times the first")


# Requests


def _post(identity_part):
    return ("POST", "/v3/auth/tokens", {"Content-Type": "application/json"}, json.dumps({"auth": identity_part}))


def _password(number):
    return {
        "identity": {"methods": ["password"], "password": {"user": {
            "id": seed.user(number), "password": seed.PASSWORD}}},
        "scope": {"project": {"id": seed.project(number, 1)}}}


def _exchange(token, number):
    return {
        "identity": {"methods": ["token"], "token": {"id": token}},
        "scope": {"project": {"id": seed.project(number, 2)}}}


def _application_credential(number):
    return {"identity": {"methods": ["application_credential"], "application_credential": {
        "id": seed.credential(number), "secret": seed.PASSWORD}}}


def _issue(session, identity, request):
    method, path, headers, body = _post(request)
    status, answer, text = session.request(method, identity.url + path, body, headers)
    if status != 201:
        raise SystemExit(f"no token: {status} {text[:200]!r}")
    return answer["X-Subject-Token"]


# The process


def _bcrypt(programs, seconds):
    """A hash of the seed's password, and how many a second."""
    done = subprocess.run(
        [f"{programs}/bench-bcrypt", seed.PASSWORD, str(BCRYPT_COST), str(BCRYPT_THREADS), str(seconds)], check=True,
        text=True, stdout=subprocess.PIPE)
    text, rate = done.stdout.split()
    return text, float(rate)


def _peak(pid):
    """The most bytes that the process has had in memory."""
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise SystemExit("the kernel does not tell a process's most memory")
