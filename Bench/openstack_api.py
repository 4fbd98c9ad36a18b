"""As much of OpenStack's API as the benchmark needs, for any cloud, with the standard library alone."""

import http.client
import json
import time
import urllib.parse


class Session:
    """A token and the catalogue that came with it. One connection per service, kept open."""

    def __init__(self, environment):
        self.environment = environment
        self.region = environment.get("OS_REGION_NAME", "")
        self.interface = environment.get("OS_INTERFACE", "public").replace("URL", "")
        self.connections = {}
        self.log_in()

    def log_in(self):
        """Gets a token with a password, as keystone's v3 API takes it."""
        value = self.environment.get
        root = self.environment["OS_AUTH_URL"].rstrip("/")
        if not root.endswith("/v3"):
            root += "/v3"
        user_domain = self._domain(value("OS_USER_DOMAIN_ID"), value("OS_USER_DOMAIN_NAME"))
        project_domain = self._domain(value("OS_PROJECT_DOMAIN_ID"), value("OS_PROJECT_DOMAIN_NAME"))
        project = {"id": value("OS_PROJECT_ID")} if value("OS_PROJECT_ID") else {
            "name": value("OS_PROJECT_NAME"), "domain": project_domain}
        body = {"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": value("OS_USERNAME"), "domain": user_domain, "password": value("OS_PASSWORD")}}},
            "scope": {"project": project}}}
        status, headers, answer = self.request(
            "POST", f"{root}/auth/tokens", body=json.dumps(body), headers={"Content-Type": "application/json"})
        if status != 201:
            raise SystemExit(f"{root} refused the login: {status} {answer[:200]!r}")
        self.token = headers["X-Subject-Token"]
        self.catalogue = json.loads(answer)["token"].get("catalog", [])

    @staticmethod
    def _domain(domain_id, name):
        return {"id": domain_id} if domain_id else {"name": name or "Default"}

    def endpoint(self, *types):
        """The first of the catalogue's endpoints of one of these types."""
        for service in self.catalogue:
            if service["type"] not in types:
                continue
            for one in service["endpoints"]:
                if one["interface"] == self.interface and self.region in ("", one.get("region_id") or one.get("region")):
                    return one["url"].rstrip("/")
        raise SystemExit(f"the catalogue has no {types[0]}")

    def request(self, method, url, body=None, headers=None):
        """Status, headers and body of an answer. Tries a second time when a kept connection was closed."""
        parts = urllib.parse.urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        for attempt in (1, 2):
            connection = self.connections.get(parts[:2])
            if connection is None:
                kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
                connection = self.connections[parts[:2]] = kind(parts.hostname, parts.port, timeout=120)
            try:
                connection.request(method, target or "/", body=body, headers=headers or {})
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.HTTPException, OSError):
                connection.close()
                del self.connections[parts[:2]]
                if attempt == 2:
                    raise

    def get(self, url, headers=None):
        """The body of a 200. Anything else ends the program."""
        status, _, body = self.request("GET", url, headers={"X-Auth-Token": self.token, **(headers or {})})
        if status != 200:
            raise SystemExit(f"GET {url}: {status} {body[:200]!r}")
        return body

    def get_json(self, url, headers=None):
        return json.loads(self.get(url, headers))

    def seconds(self, url, headers=None):
        """How long one GET takes, its body included."""
        start = time.perf_counter()
        self.get(url, headers)
        return time.perf_counter() - start
