"""Clients that make projects and assignments, take some back, and show tokens, and note what they were answered."""

import dataclasses
import http.client
import json
import threading
import time

# A request that takes longer hangs.
LIMIT_SECONDS = 20
# How soon a client that was refused tries again.
AGAIN_SECONDS = 0.01

TAGS = ["a", "b", "c"]
OPTIONS = {"immutable": False}


@dataclasses.dataclass
class Event:
    """A request and what became of it: `status`, or why there was no answer."""

    method: str
    path: str
    began: float
    # When its connection was opened.
    connected: float = 0
    ended: float = 0
    status: int | None = None
    failure: str | None = None


class World:
    """What the clients work in: a domain with a project above the new ones, a user and a role."""

    def __init__(self, identity):
        self.identity = identity
        caller = Caller(self)
        answer, headers = caller.must("POST", "/v3/auth/tokens", {"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": "admin", "domain": {"id": "default"}, "password": identity.password}}},
            "scope": {"project": {"name": "admin", "domain": {"id": "default"}}}}})
        self.token = headers["X-Subject-Token"]
        self.domain = caller.made("domains", "domain", {"name": "chaos"})
        self.parent = caller.made("projects", "project", {"name": "above", "domain_id": self.domain})
        self.user = caller.made("users", "user", {"name": "worker", "domain_id": self.domain})
        self.role = caller.made("roles", "role", {"name": "worker"})


class Caller:
    """One connection, kept open; each request has one answer, or none and a reason."""

    def __init__(self, world):
        self.world = world
        self.events = []
        self.connection = None
        self.opened = 0

    def call(self, method, path, body=None, headers=None):
        """Status, headers and document; (None, None, None) when there was no answer."""
        sent = {"X-Auth-Token": getattr(self.world, "token", ""), **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        event = Event(method, path, time.monotonic())
        self.events.append(event)
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    "127.0.0.1", self.world.identity.port, timeout=LIMIT_SECONDS)
                self.opened = event.began
            event.connected = self.opened
            self.connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = self.connection.getresponse()
            text = answer.read()
            event.status = answer.status
            return answer.status, answer.headers, json.loads(text) if text else None
        except (OSError, http.client.HTTPException) as error:
            event.failure = type(error).__name__
            self.connection.close()
            self.connection = None
            return None, None, None
        finally:
            event.ended = time.monotonic()

    def must(self, method, path, body=None):
        status, headers, document = self.call(method, path, body)
        if status is None or status >= 300:
            raise SystemExit(f"{method} {path}: {status} {document}")
        return document, headers

    def made(self, collection, member, values):
        return self.must("POST", f"/v3/{collection}", {member: values})[0][member]["id"]


class Client(Caller, threading.Thread):
    """Works until told to finish."""

    def __init__(self, world, name):
        Caller.__init__(self, world)
        threading.Thread.__init__(self, name=name)
        self.stopping = threading.Event()
        # By id, what was answered: names of projects that are there, ids of those that are gone, projects granted.
        self.projects, self.gone, self.granted = {}, set(), set()
        # Projects whose deletion had no answer: it may have been done.
        self.doubted = set()

    def finish(self):
        self.stopping.set()
        self.join()

    def run(self):
        number = 0
        while not self.stopping.is_set():
            number += 1
            if not self._round(number):
                time.sleep(AGAIN_SECONDS)

    def _round(self, number):
        """False when a request had no answer."""
        name = f"project-{self.name}-{number}"
        status, _, document = self.call("POST", "/v3/projects", {"project": {
            "name": name, "domain_id": self.world.domain, "parent_id": self.world.parent, "description": name,
            "tags": TAGS, "options": OPTIONS}})
        if status is None:
            return False
        project = document["project"]["id"] if status == 201 else None
        if project is None:
            return True
        self.projects[project] = name
        grant = f"/v3/projects/{project}/users/{self.world.user}/roles/{self.world.role}"
        status, _, _ = self.call("PUT", grant)
        if status is None:
            return False
        self.granted.add(project)
        status, _, _ = self.call("GET", "/v3/auth/tokens", headers={"X-Subject-Token": self.world.token})
        if status is None or number % 4:
            return status is not None
        status, _, _ = self.call("DELETE", f"/v3/projects/{project}")
        del self.projects[project]
        self.granted.discard(project)
        (self.doubted if status is None else self.gone).add(project)
        return status is not None
