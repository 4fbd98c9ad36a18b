"""What the parts of the benchmark need to know of this machine's cloud, as stack.sh left it."""

import configparser
import json
import os
import subprocess
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get("APUS_BIN_PATH", "/opt/apus-stack/bin")
CONFIG = "/etc/apus"
STACK = "/var/lib/apus/stack"
DAEMONS = ["identity", "image", "block-storage", "network", "scheduler", "conductor", "compute-api", "compute-agent"]


def setting(daemon, section, name):
    parser = configparser.ConfigParser(interpolation=None, strict=False, default_section="none")
    parser.read(f"{CONFIG}/{daemon}.conf")
    return parser[section][name]


def admin_port(daemon):
    return int(setting(daemon, "admin", "port"))


def pid(daemon):
    with open(f"/run/apus/{daemon}.pid") as file:
        return int(file.read().split()[0])


def daemon(action, name):
    subprocess.run([f"{HERE}/daemon.sh", action, name], check=True, stdout=subprocess.DEVNULL)


def rabbit_environment():
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    values = {f"BENCH_RABBIT_{key}": setting("conductor", "messaging", name) for key, name in names.items()}
    return {**os.environ, **values}


def mariadb(database):
    """The command line of the client, to which -e and a statement are added."""
    return ["mariadb", "--no-defaults", f"--socket={STACK}/services/mariadb/mariadb.sock", "--user=root", database]


def sql(database, statement):
    done = subprocess.run(
        [*mariadb(database), "--batch", "--skip-column-names"], input=statement, check=True, text=True,
        stdout=subprocess.PIPE)
    return [line.split("\t") for line in done.stdout.splitlines()]


def admin_environment():
    """The administrator's OS_* variables, as devstack/openrc sets them."""
    with open(f"{STACK}/passwords") as file:
        passwords = dict(line.strip().split("=", 1) for line in file if "=" in line)
    return {
        "OS_AUTH_URL": setting("compute-api", "identity", "auth_url"), "OS_USERNAME": "admin",
        "OS_PASSWORD": passwords["ADMIN_PASSWORD"], "OS_PROJECT_NAME": "admin", "OS_USER_DOMAIN_ID": "default",
        "OS_PROJECT_DOMAIN_ID": "default", "OS_REGION_NAME": setting("compute-api", "identity", "region_name"),
    }


def wait_idle(seconds):
    """Waits that long, then until the machine has been nearly idle for 3 s, at most as long again."""
    time.sleep(seconds)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        before = _busy()
        time.sleep(3)
        if _busy() - before < 0.3 * 3 * (os.cpu_count() or 1):
            return


def _busy():
    with open("/proc/stat") as file:
        fields = [int(word) for word in file.readline().split()[1:]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def get(url, headers=None):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=120) as answer:
        return answer.read()


def get_json(url, headers=None):
    return json.loads(get(url, headers))
