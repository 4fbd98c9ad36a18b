#!/usr/bin/env python3
"""Kills the image daemon at random moments of its work with data, and compares rows, files and usage. See image-kills.sh.

Each image has bytes of its own, so that wrong ones are known by their hash, wherever they turn up.
"""
import collections
import hashlib
import http.client
import http.server
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid

MEBIBYTE = 1 << 20
# New ones of each round: without data, and active.
QUEUED = 3
ACTIVE = 2
PIECE = 64 << 10
# Bytes arrive so slowly that most kills find some of them missing.
PAUSE = 0.003
# A saga of a process that died goes on when its lease is over, 10 s after.
SETTLING_SECONDS = 180
UNTIL_KILL_SECONDS = 0.6


class Source(http.server.BaseHTTPRequestHandler):
    """The web server that images are downloaded from: /ID has its bytes."""

    contents = {}

    def do_GET(self):
        data = self.contents[self.path.strip('/')]
        self.send_response(200)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        try:
            for piece in pieces(data):
                self.wfile.write(piece)
        except OSError:
            pass  # killed

    def log_message(self, *_):
        pass


def pieces(data):
    for start in range(0, len(data), PIECE):
        time.sleep(PAUSE)
        yield data[start:start + PIECE]


class Daemon:
    def __init__(self, place):
        self.place = place
        with open(place['pidfile']) as file:
            self.pid = int(file.read().split()[0])
        self.process = None

    def kill(self, number=signal.SIGKILL):
        os.kill(self.pid, number)
        if self.process is not None:
            self.process.wait()
        while os.path.exists(f'/proc/{self.pid}/exe'):
            time.sleep(0.01)

    def start(self):
        with open(self.place['log'], 'ab') as log:
            self.process = subprocess.Popen(
                self.place['command'], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.pid = self.process.pid
        with open(f'/proc/{self.pid}/stat') as file:
            started = file.read().rsplit(')', 1)[1].split()[19]
        with open(self.place['pidfile'], 'w') as file:
            file.write(f'{self.pid} {started}\n')
        self.wait_ready()

    def wait_ready(self):
        deadline = time.monotonic() + 120
        url = urllib.parse.urlsplit(self.place['admin'])
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection(url.hostname, url.port, timeout=5)
                connection.request('GET', '/readyz')
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise SystemExit('image does not start')


class Client:
    def __init__(self, place):
        self.url = urllib.parse.urlsplit(place['image'])
        body = {'auth': {
            'identity': {'methods': ['password'], 'password': {'user': {
                'name': 'admin', 'domain': {'id': 'default'}, 'password': place['password']}}},
            'scope': {'project': {'name': 'admin', 'domain': {'id': 'default'}}}}}
        identity = urllib.parse.urlsplit(place['identity'])
        connection = http.client.HTTPConnection(identity.hostname, identity.port, timeout=60)
        connection.request('POST', f'{identity.path}/auth/tokens', json.dumps(body), {'Content-Type': 'application/json'})
        answer = connection.getresponse()
        answer.read()
        self.token = answer.headers['X-Subject-Token']

    def send(self, method, path, body=None, kind='application/json', length=None):
        """Status and body. OSError or HTTPException when the daemon is killed meanwhile."""
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=60)
        headers = {'X-Auth-Token': self.token, 'Content-Type': kind}
        if length is not None:
            headers['Content-Length'] = str(length)
        if isinstance(body, dict):
            body = json.dumps(body)
        try:
            connection.request(method, self.url.path + path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path):
        status, body = self.send('GET', path)
        assert status == 200, (path, status, body)
        return json.loads(body)


class Crew:
    """The images, and what is done to them next."""

    def __init__(self, client, place, dice):
        self.client, self.place, self.dice = client, place, dice
        self.under_way = collections.Counter()

    def create(self, is_active):
        data = self.dice.randbytes(self.dice.randint(4, 16) * MEBIBYTE)
        image = str(uuid.UUID(bytes=self.dice.randbytes(16), version=4))
        Source.contents[image] = data
        status, body = self.client.send('POST', '/images', {
            'id': image, 'disk_format': 'raw', 'container_format': 'bare'})
        assert status == 201, (status, body)
        if is_active:
            status, body = self.client.send('PUT', f'/images/{image}/file', data, 'application/octet-stream')
            assert status == 204, (status, body)

    def work(self, image, delay):
        """One step of an image, as its state allows."""
        time.sleep(delay)
        try:
            status, body = self.client.send('GET', f'/images/{image}')
            if status != 200:
                return
            getattr(self, json.loads(body)['status'], lambda *_: None)(image, json.loads(body))
        except (OSError, http.client.HTTPException):
            pass

    def queued(self, image, _):
        kind = self.dice.choice(['upload', 'stage', 'web-download'])
        if kind == 'web-download':
            uri = f"http://127.0.0.1:{self.place['source']}/{image}"
            return self.import_(image, {'name': kind, 'uri': uri}, self.dice.choice([['file'], ['more', 'file']]))
        data = Source.contents[image]
        self.under_way[kind] += 1
        self.client.send(
            'PUT', f"/images/{image}/{'file' if kind == 'upload' else 'stage'}", pieces(data),
            'application/octet-stream', len(data))
        self.under_way[kind] -= 1

    def uploading(self, image, _):
        self.import_(image, {'name': 'glance-direct'}, self.dice.choice([['more'], ['file', 'more']]))

    def active(self, image, document):
        others = [store for store in self.place['stores'] if store not in document['stores'].split(',')]
        if others and self.dice.random() < 0.8:
            return self.import_(image, {'name': 'copy-image'}, others)
        self.client.send('DELETE', f'/images/{image}')

    def import_(self, image, method, stores):
        self.client.send('POST', f'/images/{image}/import', {'method': method, 'stores': stores})


def rows(place):
    """Id, status, size, digest, holder, stores of each image that is not deleted."""
    statement = ("SELECT id, status, IFNULL(size, -1), IFNULL(os_hash_value, ''), IFNULL(upload_id, ''), "
                 "JSON_EXTRACT(locations, '$[*].store') FROM images WHERE status <> 'deleted'")
    output = subprocess.run(
        ['mariadb', '--no-defaults', f"--socket={place['socket']}", '--user=root', '-N', 'image', '-e', statement],
        check=True, text=True, stdout=subprocess.PIPE).stdout
    Row = collections.namedtuple('Row', 'id status size digest holder stores')
    for line in output.splitlines():
        fields = line.split('\t')
        stores = [] if fields[5] == 'NULL' else json.loads(fields[5])
        yield Row(fields[0], fields[1], int(fields[2]), fields[3], fields[4], stores)


def files(place):
    return {
        os.path.join(folder, name)
        for root in place['stores'].values() for folder, _, names in os.walk(root) for name in names}


def digest(data):
    return hashlib.sha512(data).hexdigest()


def check_hashes(place):
    """No image is active with others' bytes, at any time."""
    for row in rows(place):
        if row.status == 'active' and row.digest != digest(Source.contents[row.id]):
            yield f'{row.id} is active with wrong bytes'


def check_all(place, client):
    """Rows, files and usage, when nothing is under way."""
    expected, stored, staged, count = set(), 0, 0, 0
    for row in rows(place):
        count += 1
        if row.status not in ('queued', 'uploading', 'active'):
            yield f'{row.id} is {row.status} for ever'
        if row.status == 'uploading':
            staged += row.size
            expected.add(f"{place['stores']['file']}/staging/{row.id}")
        elif row.holder:
            yield f'{row.id} is held for ever'
        if row.status != 'active':
            continue
        stored += row.size * len(row.stores)
        for store in row.stores:
            digits = row.id.replace('-', '')
            path = f"{place['stores'][store]}/images/{digits[:2]}/{digits[2:4]}/{row.id}"
            expected.add(path)
            with open(path, 'rb') as file:
                if digest(file.read()) != row.digest:
                    yield f'{path} has wrong bytes'
        status, body = client.send('GET', f'/images/{row.id}/file')
        if status != 200 or digest(body) != digest(Source.contents[row.id]):
            yield f'{row.id} is downloaded with wrong bytes ({status})'
    found = files(place)
    yield from (f'{path} is an orphan' for path in found - expected)
    yield from (f'{path} is missing' for path in expected - found)
    usage = client.get('/info/usage')['usage']
    for name, value in (('image_size_total', stored // MEBIBYTE), ('image_stage_total', staged // MEBIBYTE),
                        ('image_count_total', count)):
        if usage[name]['usage'] != value:
            yield f"{name} is {usage[name]['usage']}, not {value}"


def settled(place):
    states = list(rows(place))
    return not any(row.status in ('saving', 'importing') or row.status == 'active' and row.holder for row in states)


def main():
    with open(sys.argv[1]) as file:
        place = json.load(file)
    rounds, seed = int(sys.argv[2]), sys.argv[3]
    print(f'image is killed {rounds} times, seed {seed}', flush=True)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', place['source']), Source)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    daemon, client, dice = Daemon(place), Client(place), random.Random(seed)
    crew = Crew(client, place, dice)
    found, hit = collections.Counter(), []
    for _ in range(rounds):
        for number in range(QUEUED + ACTIVE):
            crew.create(is_active=number < ACTIVE)
        crew.under_way.clear()
        moment = dice.uniform(0, UNTIL_KILL_SECONDS)
        threads = [
            threading.Thread(target=crew.work, args=(row.id, dice.uniform(0, moment)))
            for row in rows(place) if row.status != 'importing']
        for thread in threads:
            thread.start()
        time.sleep(moment)
        daemon.kill()
        for thread in threads:
            thread.join()
        # Before anybody tidies up.
        found.update({kind: number for kind, number in crew.under_way.items() if number > 0})
        for row in rows(place):
            if row.status == 'importing':
                found['import'] += 1
            if row.status == 'active' and row.holder:
                found['copy'] += 1
        daemon.start()
        hit += check_hashes(place)
    deadline = time.monotonic() + SETTLING_SECONDS
    while not settled(place) and time.monotonic() < deadline:
        time.sleep(0.5)
    # The reconciler runs at the start.
    daemon.kill(signal.SIGTERM)
    daemon.start()
    hit += check_all(place, client)
    kinds = ['upload', 'stage', 'import', 'copy']
    print('interrupted: ' + ', '.join(f'{found[kind]} of {kind}' for kind in kinds))
    # Kills that met nothing prove nothing.
    if rounds >= 10:
        hit += [f'no {kind} was interrupted' for kind in kinds if not found[kind]]
    for problem in hit:
        print(f'  FAIL  {problem}')
    print(f'image kills: {rounds - min(rounds, len(hit))} passed, {len(hit)} failed')
    sys.exit(1 if hit else 0)


main()
