"""Users at work beside each other: each does one kind of thing and its opposite, again and again."""
import random
import threading
import time

from . import cloud as users
from . import settings
from .operations import Disk, Floating, Group, Interface, Server, Volume


class Slot:
    """One user. What it has made stays from one round to the next."""

    def __init__(self, name, stage, clock, seed, make, verbs):
        self.name, self.stage, self.clock = name, stage, clock
        self.make, self.verbs = make, verbs
        self.random = random.Random('%s/%s' % (seed, name))
        self.connection = users.connect()
        self.number = 0
        self.subject = None
        self.is_there = False
        self.results = []
        self.failure = None
        self.doing = None

    def work(self, stopping):
        """Until told to stop; the operation under way is ended first."""
        self.results, self.failure = [], None
        while not stopping.is_set() and self.failure is None:
            self.step()
            stopping.wait(self.random.uniform(0, 0.5))

    def step(self):
        verb = self.verbs[1] if self.is_there else self.verbs[0]
        if not self.is_there:
            self.number += 1
            self.subject = self.make(self.connection, '%s%s-%d' % (settings.PREFIX, self.name, self.number))
        self.doing = '%s %s' % (self.name, verb)
        begun = time.monotonic()
        try:
            outcome = getattr(self.subject, verb)()
        except Exception as error:  # noqa: BLE001 - whatever it is, the round has failed
            self.failure = '%s: %s: %s' % (self.doing, type(error).__name__, error)
            # Whatever is left of it is struck at the end; the next round begins with a new one.
            self.is_there = False
            return
        self.results.append((self.doing, outcome, time.monotonic() - begun))
        self.is_there = self.is_there != (outcome == 'done')
        self.doing = None


def all_slots(stage, clock, seed):
    """One of each kind of operation; servers twice, since most of what can break is there."""
    def slot(name, make, verbs=('create', 'delete')):
        return Slot(name, stage, clock, seed, make, verbs)

    return [
        slot('server-a', lambda user, name: Server(user, stage, clock, name)),
        slot('server-b', lambda user, name: Server(user, stage, clock, name)),
        slot('volume', lambda user, name: Volume(user, clock, name)),
        slot('disk', lambda user, _: Disk(user, clock, stage.guest, stage.volume), ('attach', 'detach')),
        slot('interface', lambda user, _: Interface(user, clock, stage.guest, stage.side_network),
             ('attach', 'detach')),
        slot('floating', lambda user, name: Floating(user, clock, stage.guest_port, stage.public, name)),
        slot('group', lambda user, name: Group(user, clock, stage.guest_port, name)),
    ]


class Shift:
    """The slots at work in threads, from `with` to its end."""

    def __init__(self, slots):
        self.slots = slots
        self.stopping = threading.Event()
        self.threads = []

    def __enter__(self):
        for slot in self.slots:
            thread = threading.Thread(target=slot.work, args=(self.stopping,), name=slot.name, daemon=True)
            thread.start()
            self.threads.append(thread)
        return self

    def __exit__(self, *_):
        self.stopping.set()

    def wait(self):
        """Until everybody has ended what they were doing."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(settings.LIMIT + 60)
        return [slot.failure or '%s has not come back' % slot.doing for slot, thread in
                zip(self.slots, self.threads) if slot.failure or thread.is_alive()]
