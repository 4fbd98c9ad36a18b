"""Each process killed at each step of each workflow: while the step works, and after its work but before that is
recorded. Workflows that can run beside each other are caught by the same kill, each at its own step."""
import random
import re
import threading
import time

from . import doctor, processes, settings
from .cloud import Clock, connect, odd_answers, until
from .matrix import Matrix
from .operations import Disk, Interface, Server, Volume
from .sagas import Hold

VICTIMS = ['conductor', 'compute-agent', 'scheduler', 'network', 'block-storage', 'rabbitmq', 'mariadb']


class RoomForTheHeld:
    """More connections to the database for the daemons that run workflows.

    Who is held keeps one, and so does a report that waits for its workflow's row: of the usual few none would be
    left to bring the others to where they are held.
    """

    FILES = {name: settings.SETTINGS / ('%s.conf.d/chaos.conf' % name) for name in ('conductor', 'block-storage')}

    def __enter__(self):
        for name, file in self.FILES.items():
            file.parent.mkdir(exist_ok=True)
            file.write_text('[database]\npool_size = 16\n')
            self.renew(name)

    def __exit__(self, *_):
        for name in self.undo():
            self.renew(name)

    @classmethod
    def undo(cls):
        """The daemons whose settings were changed."""
        changed = [name for name, file in cls.FILES.items() if file.exists()]
        for name in changed:
            cls.FILES[name].unlink()
        return changed

    @staticmethod
    def renew(name):
        processes.kill(name)
        processes.restart(name)


class Trial:
    """A workflow, and the operation that starts it."""

    def __init__(self, name, database, saga, verb):
        self.name, self.database, self.saga, self.verb = name, database, saga, verb
        self.steps = []

    def hold(self, number, moment):
        """Where it is stopped for a kill at its step `number`; None when that is the very beginning."""
        if moment == 'after':
            return (self.database, self.saga, *self.steps[number])
        return (self.database, self.saga, *self.steps[number - 1]) if number else None


class Pair:
    """An operation and its opposite, on a resource that `make` gives."""

    def __init__(self, make, forth, back):
        self.make, self.forth, self.back = make, forth, back
        self.subject = None
        self.is_there = False

    def bring(self):
        if not self.is_there:
            self.subject = self.make()
            getattr(self.subject, self.forth.verb)()
            self.is_there = True

    def take_away(self):
        if self.is_there:
            getattr(self.subject, self.back.verb)()
            self.is_there = False


def pairs(stage, clock):
    """They run beside each other."""
    count = iter(range(1, 1 << 30))
    # Each kind has a connection of its own: they are used from threads.
    users = {make: connect() for make in (Server, Volume, Disk, Interface)}

    def server():
        return Server(users[Server], stage, clock, '%sstep-%d' % (settings.PREFIX, next(count)))

    def volume():
        return Volume(users[Volume], clock, '%sstep-%d' % (settings.PREFIX, next(count)))

    def disk():
        return Disk(users[Disk], clock, stage.guest, stage.volume)

    def interface():
        return Interface(users[Interface], clock, stage.guest, stage.side_network)

    return [
        Pair(server, Trial('create-server', 'compute', 'build-server', 'create'),
             Trial('delete-server', 'compute', 'delete-server', 'delete')),
        Pair(disk, Trial('attach-volume', 'compute', 'attach-volume', 'attach'),
             Trial('detach-volume', 'compute', 'detach-volume', 'detach')),
        Pair(interface, Trial('attach-interface', 'compute', 'attach-interface', 'attach'),
             Trial('detach-interface', 'compute', 'detach-interface', 'detach')),
        Pair(volume, Trial('create-volume', 'block_storage', 'create-volume', 'create'),
             Trial('delete-volume', 'block_storage', 'delete-volume', 'delete')),
    ]


class Attempt:
    """One workflow in one round."""

    def __init__(self, pair, trial, number, moment, victim):
        self.pair, self.trial = pair, trial
        self.step, self.phase = trial.steps[number]
        self.hold = trial.hold(number, moment)
        self.name = '%s %s:%s %s %s' % (trial.name, self.step, self.phase, moment, victim)
        self.outcome = self.failure = None
        self.seconds = 0

    def prepare(self):
        if self.trial is self.pair.back:
            self.pair.bring()
        elif self.pair.is_there:
            self.pair.take_away()

    def work(self, clock):
        if self.trial is self.pair.forth:
            self.pair.subject = self.pair.make()
            # What an attempt has left that failed is the next one's: resources that all rounds share.
            self.pair.is_there = True
        self.outcome = getattr(self.pair.subject, self.trial.verb)()
        self.seconds = clock.since_restart() if clock.is_quiet else 0
        self.pair.is_there = (self.trial is self.pair.forth) == (self.outcome == 'done')

    def thread(self, what):
        """`what` in a thread, with whatever it raises kept as the failure."""
        def run():
            try:
                what()
            except Exception as error:  # noqa: BLE001 - whatever it is, the attempt has failed
                self.failure = self.failure or '%s: %s' % (type(error).__name__, error)
        return threading.Thread(target=run, name=self.name, daemon=True)


def run(report, stage, watch, seed, victims, only):
    stage.with_guest().with_volume()
    matrix = Matrix(victims)
    with RoomForTheHeld():
        kill_at_every_step(report, stage, watch, seed, victims, only, matrix)
    for line in matrix.lines():
        report.line(line)


def kill_at_every_step(report, stage, watch, seed, victims, only, matrix):
    clock = Clock()
    source = random.Random(seed)
    all_pairs = pairs(stage, clock)
    for pair in all_pairs:
        for trial in (pair.forth, pair.back):
            learn(pair, trial, watch, clock)
    for number in range(max(len(trial.steps) for pair in all_pairs for trial in (pair.forth, pair.back))):
        for victim in victims:
            for moment in ('during', 'after'):
                # There and back again: what one round has made the next one takes away.
                for side in ('forth', 'back'):
                    attempts = [Attempt(pair, getattr(pair, side), number, moment, victim) for pair in all_pairs
                                if number < len(getattr(pair, side).steps)]
                    attempts = [each for each in attempts if re.search(only, each.name)]
                    if attempts:
                        # A step's work takes milliseconds; what follows a report some more.
                        late = any(each.phase == 'finish' for each in attempts)
                        delay = round(source.uniform(0, 0.4 if late else 0.03), 3)
                        one_round(report, clock, watch, attempts, moment, victim, delay, matrix)


def learn(pair, trial, watch, clock):
    """The records that an undisturbed run makes, in order."""
    if trial is pair.forth:
        pair.bring()
    else:
        pair.take_away()
    def journal():
        """Of the latest such workflow, once it is over: users may see its work done a moment earlier."""
        return watch.ask(
            "SELECT step, phase FROM {0}.saga_steps WHERE outcome IN ('done', 'parked') AND saga = ("
            "SELECT IF(finished_at IS NULL, NULL, id) FROM {0}.sagas WHERE name = '{1}' "
            "ORDER BY created_at DESC LIMIT 1) ORDER BY number".format(trial.database, trial.saga))

    trial.steps = [tuple(step) for step in until(clock, '%s over' % trial.saga, journal)]


def together(attempts, what, patience):
    """`what` of all attempts beside each other."""
    threads = [each.thread(lambda each=each: what(each)) for each in attempts]
    for thread in threads:
        thread.start()
    finish(attempts, threads, patience)


def finish(attempts, threads, patience):
    deadline = time.monotonic() + patience
    for attempt, thread in zip(attempts, threads):
        thread.join(max(0, deadline - time.monotonic()))
        if thread.is_alive():
            attempt.failure = attempt.failure or 'the operation has not come back'


def one_round(report, clock, watch, attempts, moment, victim, delay, matrix):
    begun = time.monotonic()
    report.begin_round()
    clock.quiet()
    together(attempts, Attempt.prepare, settings.LIMIT + 60)
    sick = None
    if not any(each.failure for each in attempts):
        clock.disturb()
        threads = [each.thread(lambda each=each: each.work(clock)) for each in attempts]
        try:
            strike(attempts, threads, moment, victim, delay)
        except Exception as error:  # noqa: BLE001 - without the victim nothing else can hold
            for each in attempts:
                each.failure = each.failure or '%s: %s' % (type(error).__name__, error)
        clock.quiet()
        finish(attempts, threads, settings.LIMIT + 60)
        sick = doctor.verdict(clock)
    show(report, watch, attempts, sick, time.monotonic() - begun, matrix, victim)


def show(report, watch, attempts, sick, took, matrix, victim):
    """A line for each attempt. What is sick, or was answered wrongly, may be any one's doing, so it is everyone's."""
    shared = [sick] if sick else []
    shared += ['an internal error was answered: %s' % each for each in odd_answers.take()]
    told = False
    for each in attempts:
        failures = ([each.failure] if each.failure else []) + ([] if told else shared)
        text = '%-52s %-6s %.1f s after the restart, doctor %s, %.0f s' % (
            each.name, each.outcome or '-', each.seconds, 'finds something' if sick else 'clean', took)
        is_bad = bool(each.failure or shared)
        if is_bad and not failures:
            failures = ['as above']
        subject = each.pair.subject
        subjects = [subject.id] if each.failure and subject and subject.id else []
        report.round(failures, 1, text, watch, subjects, explain=not told)
        told = told or is_bad
        matrix.add(each.trial.name, victim, each.seconds, not is_bad, each.outcome)


def strike(attempts, threads, moment, victim, delay):
    with Hold([each.hold for each in attempts if each.hold]) as held:
        for number, (attempt, thread) in enumerate(zip(attempts, threads)):
            thread.start()
            # The slowest comes first: who is held keeps a connection of its daemon's, which has few.
            if number == 0 and attempt.hold:
                held.wait(1, settings.LIMIT)
        if not held.wait(held.count, settings.LIMIT):
            raise TimeoutError('%d of %d workflows came to where they are held' % (held.seen, held.count))
        if moment == 'after':
            processes.kill(victim)
            held.release()
        else:
            held.release()
            time.sleep(delay)
            processes.kill(victim)
        # The triggers can be taken away when the database is there again.
        processes.restart(victim)
