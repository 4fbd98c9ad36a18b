"""An identity daemon of its own, with its own database, broker and ports, beside whatever else the machine runs.

Needs no root and no cloud: Tests/Support/services.sh starts what it stands on.
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SERVICES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "services.sh")
START_SECONDS = 60


class PrivateIdentity:
    """Runs while entered. `programs` is the folder with `identity` and `apus`."""

    def __init__(self, programs, settings="", password="admin-secret"):
        self.programs = os.path.abspath(programs)
        self.settings = settings
        self.password = password
        self.process = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="identity-", dir="/tmp")
        try:
            subprocess.run([SERVICES, "start", f"{self.folder}/services"], check=True, stdout=subprocess.DEVNULL)
            self._configure()
            self.sql("CREATE DATABASE identity CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", database="mysql")
            secrets = {"APUS_ADMIN_PASSWORD": self.password, "APUS_SERVICE_PASSWORD": self.password}
            self.apus("migrate", "identity")
            self.apus("bootstrap", "--host-ip", "127.0.0.1", environment=secrets)
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            self._end(signal.SIGTERM)
        subprocess.run([SERVICES, "stop", f"{self.folder}/services"], check=True)
        shutil.rmtree(self.folder)

    # The daemon

    def start(self):
        """Starts the daemon and waits until it answers requests."""
        self.launch()
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(f"{self.folder}/identity.log") as log:
                    raise SystemExit(f"identity did not start:\n{log.read()[-4000:]}")
            time.sleep(0.02)

    def launch(self):
        with open(f"{self.folder}/identity.log", "ab") as log:
            self.process = subprocess.Popen(
                [f"{self.programs}/identity", "--config", self.configuration], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, "LC_ALL": "C.UTF-8"})

    def is_ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self):
        self._end(signal.SIGKILL)

    def _end(self, number):
        self.process.send_signal(number)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    # What it stands on

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self):
        """The administrator's OS_* variables."""
        return {
            "OS_AUTH_URL": f"{self.url}/v3", "OS_USERNAME": "admin", "OS_PASSWORD": self.password,
            "OS_PROJECT_NAME": "admin", "OS_USER_DOMAIN_ID": "default", "OS_PROJECT_DOMAIN_ID": "default",
        }

    def sql(self, statements, database="identity"):
        """The rows that the statements give, as lists of texts."""
        done = subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self.folder}/services/mariadb.sock", "--user=root", "--batch",
             "--skip-column-names", database], input=statements, check=True, text=True, stdout=subprocess.PIPE)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def apus(self, *arguments, environment=None):
        """What `apus` prints."""
        done = subprocess.run(
            [f"{self.programs}/apus", *arguments, "--config", self.configuration], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
        if done.returncode != 0:
            raise SystemExit(f"apus {' '.join(arguments)}: {done.returncode}\n{done.stdout}")
        return done.stdout

    def _configure(self):
        self.port, self.admin_port = _free_ports(2)
        variables = subprocess.run(
            [SERVICES, "env", f"{self.folder}/services"], check=True, text=True, stdout=subprocess.PIPE).stdout
        broker = re.search(r"APUS_TEST_RABBITMQ_URL=(\S+)", variables).group(1)
        self.configuration = f"{self.folder}/identity.conf"
        with open(self.configuration, "w") as file:
            file.write(f"""[DEFAULT]
log_format = text
[admin]
port = {self.admin_port}
[stories]
path = {self.folder}/stories
[api]
bind = 127.0.0.1
port = {self.port}
[database]
socket = {self.folder}/services/mariadb.sock
user = root
name = identity
[messaging]
url = {broker}
[fernet_tokens]
key_repository = {self.folder}/fernet-keys
[credential]
key_repository = {self.folder}/credential-keys
{self.settings}""")


def _free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
