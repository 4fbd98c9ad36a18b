"""Image data in and out beside nginx and sha512sum, memory with many at once, and pages of a long list.

On an identity and an image daemon of their own, with nothing else of a cloud: see image.sh. Files are on one file
system, and read from the kernel's cache. Medians of the rounds.
"""

import concurrent.futures
import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.request

import openstack_api
import stack

SIZE = 1 << 30
DOWNLOAD_FACTOR = 1.5
UPLOAD_FACTOR = 2
ROUNDS = 5

TOGETHER = 16
TOGETHER_SIZE = 128 << 20
RESIDENT_MB = 60

IMAGES = 100_000
PAGE = 100
PAGE_FACTOR = 2
PAGE_ROUNDS = 21


def measure(report):
    with Place() as place:
        _transfers(report, place)
        _together(report, place)
        _pages(report, place)


class Place:
    """The daemons, with a folder of their own."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="image.", dir=os.environ.get("BENCH_FOLDER", "/tmp"))
        try:
            output = self._run("start")
        except BaseException:
            self.__exit__()
            raise
        values = dict(line.split("=", 1) for line in output.splitlines())
        self.session = openstack_api.Session({
            "OS_AUTH_URL": values["AUTH_URL"], "OS_USERNAME": "admin", "OS_PASSWORD": values["PASSWORD"],
            "OS_PROJECT_NAME": "admin", "OS_USER_DOMAIN_ID": "default", "OS_PROJECT_DOMAIN_ID": "default",
            "OS_REGION_NAME": "RegionOne"})
        self.images = values["IMAGE"] + "/v2/images"
        self.nginx = values["NGINX"]
        with open(f"{self.folder}/image.pid") as file:
            self.pid = int(file.read().split()[0])
        return self

    def __exit__(self, *_):
        self._run("stop")
        shutil.rmtree(self.folder)

    def _run(self, action):
        return subprocess.run(
            [f"{stack.HERE}/image.sh", action, self.folder], check=True, text=True, stdout=subprocess.PIPE).stdout

    def sql(self, statement):
        subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self.folder}/services/mariadb.sock", "--user=root", "image"],
            input=statement, check=True, text=True, stdout=subprocess.DEVNULL)

    def create(self):
        request = urllib.request.Request(
            self.images, json.dumps({"disk_format": "raw", "container_format": "bare"}).encode(),
            {"X-Auth-Token": self.session.token, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["id"]

    def upload(self, image, path):
        self._curl(
            "-X", "PUT", "-T", path, "-H", "Content-Type: application/octet-stream", f"{self.images}/{image}/file")

    def download(self, image):
        self._curl(f"{self.images}/{image}/file")

    def fetch(self, name):
        """From nginx; with the same header, so that the client does the same."""
        self._curl(f"{self.nginx}/{name}")

    def delete(self, image):
        self._curl("-X", "DELETE", f"{self.images}/{image}")

    def _curl(self, *arguments):
        subprocess.run(
            ["curl", "-sSf", "-o", "/dev/null", "-H", f"X-Auth-Token: {self.session.token}", *arguments], check=True)


def _transfers(report, place):
    path = f"{place.folder}/files/data"
    # Not zeros, of which files have holes.
    with open(path, "wb") as file:
        for _ in range(0, SIZE, 1 << 24):
            file.write(os.urandom(1 << 24))
    times = {name: [] for name in ("written", "upload", "nginx", "download")}
    for _ in range(ROUNDS):
        times["written"].append(_seconds(_write_and_hash, path, f"{place.folder}/copy"))
        image = place.create()
        times["upload"].append(_seconds(place.upload, image, path))
        times["nginx"].append(_seconds(place.fetch, "data"))
        times["download"].append(_seconds(place.download, image))
        place.delete(image)
    written, upload, nginx, download = (statistics.median(times[name]) for name in times)
    report.add("1 GB from nginx", nginx, "s")
    report.add("1 GB downloaded", download, "s", DOWNLOAD_FACTOR * nginx, reference=f"{download / nginx:.2f} times nginx")
    report.add("1 GB written, flushed and sha512sum", written, "s")
    report.add("1 GB uploaded", upload, "s", UPLOAD_FACTOR * written, reference=f"{upload / written:.2f} times that")


def _write_and_hash(path, copy):
    with open(path, "rb") as source, open(copy, "wb") as target:
        while data := source.read(1 << 20):
            target.write(data)
        target.flush()
        os.fsync(target.fileno())
    subprocess.run(["sha512sum", copy], check=True, stdout=subprocess.DEVNULL)
    os.unlink(copy)


def _together(report, place):
    """The most that was resident while many are uploaded and then downloaded at once."""
    path = f"{place.folder}/files/data"
    # Forgets what it was before.
    with open(f"/proc/{place.pid}/clear_refs", "w") as file:
        file.write("5")
    os.truncate(path, TOGETHER_SIZE)
    images = [place.create() for _ in range(TOGETHER)]
    with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(lambda image: place.upload(image, path), images))
        uploading = _most_resident(place.pid)
        list(pool.map(place.download, images))
        list(pool.map(place.delete, images))
    report.add(
        f"most resident, {TOGETHER} uploads and downloads at once", _most_resident(place.pid) / 1e6, "MB", RESIDENT_MB,
        reference=f"{uploading / 1e6:.1f} MB after the uploads")


def _most_resident(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1)) * 1024


def _pages(report, place):
    place.sql(
        "INSERT INTO images "
        "(id, name, owner, status, visibility, size, properties, tags, locations, created_at, updated_at) SELECT UUID(), CONCAT('image-', seq), 'somebody', 'active', 'public', 1, '{}', '[]', '[]', "
        f"NOW(6) - INTERVAL seq SECOND, NOW(6) FROM seq_1_to_{IMAGES}; ANALYZE TABLE images")
    marks = {}
    page, seen = f"{place.images}?limit={PAGE}", 0
    marks["first"] = page
    while True:
        document = place.session.get_json(page, {})
        seen += len(document["images"])
        if len(document["images"]) < PAGE or "next" not in document:
            break
        marks["last"] = page
        page = place.images.removesuffix("/v2/images") + document["next"]
    if seen < IMAGES:
        raise SystemExit(f"{seen} images seen of {IMAGES}")
    times = {name: [] for name in marks}
    for _ in range(PAGE_ROUNDS):
        for name, url in marks.items():
            times[name].append(place.session.seconds(url, {}))
    first, last = (statistics.median(times[name]) for name in ("first", "last"))
    report.add(f"first page of {PAGE} of {IMAGES} images", first * 1e3, "ms")
    report.add("last page", last * 1e3, "ms", PAGE_FACTOR * first * 1e3, reference=f"{last / first:.2f} times the first")


def _seconds(body, *arguments):
    start = time.perf_counter()
    body(*arguments)
    return time.perf_counter() - start
