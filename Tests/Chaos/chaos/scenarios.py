"""What breaks without dying: a broker that cannot be reached, a database that only reads, a full disk."""
import subprocess
import time

from . import doctor, settings
from .cloud import Clock, odd_answers
from .database import Connection
from .operations import Server, Wrong
from .slots import Shift, all_slots

SECONDS = 30
TABLE = 'apus_chaos'


def nft(text):
    subprocess.run(['nft', '-f', '-'], input=text, text=True, check=True)


class BrokerPartition:
    """Nothing comes through to the broker, and nobody is told."""

    def __enter__(self):
        port = broker_port()
        nft('add table inet %s\n'
            'add chain inet %s input { type filter hook input priority -300; }\n'
            'add rule inet %s input tcp dport %d drop\n'
            'add rule inet %s input tcp sport %d drop\n' % (TABLE, TABLE, TABLE, port, TABLE, port))

    def __exit__(self, *_):
        nft('delete table inet %s\n' % TABLE)


def broker_port():
    text = (settings.STACK / 'services/rabbitmq/rabbitmq/rabbitmq.conf').read_text()
    line = next(each for each in text.splitlines() if each.startswith('listeners.tcp.1'))
    return int(line.rsplit(':', 1)[1])


class DatabaseReadOnly:
    """Every change is refused, as by a replica that has not been made the primary yet."""

    def __enter__(self):
        self.connection = Connection()
        self.connection.query('SET GLOBAL read_only = 1')

    def __exit__(self, *_):
        self.connection.query('SET GLOBAL read_only = 0')
        self.connection.close()


def under_work(disturbance):
    def scenario(report, stage, watch, seed, name):
        stage.with_guest().with_volume()
        clock = Clock()
        slots = all_slots(stage, clock, seed)
        begun = time.monotonic()
        report.begin_round()
        clock.disturb()
        with Shift(slots) as shift:
            time.sleep(2)
            with disturbance():
                time.sleep(SECONDS)
            clock.quiet()
            failures = shift.wait()
        ended = clock.since_restart()
        sick = doctor.verdict(clock)
        failures += [sick] if sick else []
        failures += ['an internal error was answered: %s' % each for each in odd_answers.take()]
        results = [result for slot in slots for result in slot.results]
        report.round(failures, 1, '%s for %d s: %d operations ended, %d undone, the last %.1f s after it; %.0f s' % (
            name, SECONDS, len(results), sum(each[1] != 'done' for each in results), ended,
            time.monotonic() - begun), watch,
            [slot.subject.id for slot in slots if slot.failure and slot.subject.id])
    return scenario


class FullImageCache:
    """A file system without room where the agent keeps images."""

    def __enter__(self):
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'apus-chaos', settings.IMAGE_CACHE], check=True)

    def __exit__(self, *_):
        subprocess.run(['umount', settings.IMAGE_CACHE], check=True)


def full_image_cache(report, stage, watch, seed, name):
    """A server from an image that does not fit says why it is not there; with room the same image serves."""
    clock = Clock()
    begun = time.monotonic()
    report.begin_round()
    clock.quiet()
    stage.image = stage.blank_image('%sbig-%s' % (settings.PREFIX, seed), size=32 << 20, random=True)
    server = Server(stage.cloud, stage, clock, '%sfull-%s' % (settings.PREFIX, seed))
    failures = []
    try:
        with FullImageCache():
            if server.create() != 'undone':
                raise Wrong('a server was made without room for its image')
        clock.quiet()
        if server.create() != 'done':
            raise Wrong('with room again the server is not made: %s' % server.fault)
        server.delete()
    except Exception as error:  # noqa: BLE001
        failures.append('%s: %s' % (type(error).__name__, error))
    clock.quiet()
    sick = doctor.verdict(clock)
    failures += [sick] if sick else []
    failures += ['an internal error was answered: %s' % each for each in odd_answers.take()]
    report.round(failures, 1, '%s: "%s"; %.0f s' % (name, server.fault, time.monotonic() - begun), watch,
                 [server.id] if failures and server.id else [])


ALL = {'broker-partition': under_work(BrokerPartition), 'database-read-only': under_work(DatabaseReadOnly),
       'full-image-cache': full_image_cache}


def run(report, stage, watch, seed, names):
    for name in names:
        ALL[name](report, stage, watch, seed, name)


def undo_leftovers():
    """Takes away what a run that was itself killed has left."""
    subprocess.run(['nft', 'delete', 'table', 'inet', TABLE], stderr=subprocess.DEVNULL)
    if settings.IMAGE_CACHE.is_mount():
        subprocess.run(['umount', settings.IMAGE_CACHE], check=True)
    connection = Connection()
    connection.query('SET GLOBAL read_only = 0')
    connection.close()
