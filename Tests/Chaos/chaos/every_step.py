"""Each process killed at each step of each workflow: while the step works, and after its work but before that is
recorded."""
import random
import threading
import time

from . import doctor, processes, settings
from .cloud import Clock, odd_answers
from .operations import Disk, Interface, Server, Volume
from .sagas import Hold

VICTIMS = ['conductor', 'compute-agent', 'scheduler', 'network', 'block-storage', 'rabbitmq', 'mariadb']


class Trial:
    """An operation and its opposite, by which it is prepared or cleaned up."""

    def __init__(self, name, database, saga, make, verb, before=None, after=None):
        self.name, self.database, self.saga = name, database, saga
        self.make, self.verb, self.before, self.after = make, verb, before, after


def trials(stage, clock):
    count = iter(range(1, 1 << 30))

    def server():
        return Server(stage.cloud, stage, clock, '%sstep-%d' % (settings.PREFIX, next(count)))

    def volume():
        return Volume(stage.cloud, clock, '%sstep-%d' % (settings.PREFIX, next(count)))

    def disk():
        return Disk(stage.cloud, clock, stage.guest, stage.volume)

    def interface():
        return Interface(stage.cloud, clock, stage.guest, stage.side_network)

    return [
        Trial('create-server', 'compute', 'build-server', server, 'create', after='delete'),
        Trial('delete-server', 'compute', 'delete-server', server, 'delete', before='create'),
        Trial('attach-volume', 'compute', 'attach-volume', disk, 'attach', after='detach'),
        Trial('detach-volume', 'compute', 'detach-volume', disk, 'detach', before='attach'),
        Trial('attach-interface', 'compute', 'attach-interface', interface, 'attach', after='detach'),
        Trial('detach-interface', 'compute', 'detach-interface', interface, 'detach', before='attach'),
        Trial('create-volume', 'block_storage', 'create-volume', volume, 'create', after='delete'),
        Trial('delete-volume', 'block_storage', 'delete-volume', volume, 'delete', before='create'),
    ]


def run(report, stage, watch, seed, victims, only):
    stage.with_guest().with_volume()
    clock = Clock()
    source = random.Random(seed)
    for trial in trials(stage, clock):
        steps = learn(trial, watch)
        for number, (step, phase) in enumerate(steps):
            for victim in victims:
                for moment in ('during', 'after'):
                    delay = round(source.uniform(0, 0.4 if phase == 'finish' else 0.03), 3)
                    name = '%s %s:%s %s %s' % (trial.name, step, phase, moment, victim)
                    if only in name:
                        hold = (step, phase) if moment == 'after' else steps[number - 1] if number else None
                        one_round(report, clock, watch, trial, name, hold, moment, victim, delay)


def learn(trial, watch):
    """The records that an undisturbed run makes, in order."""
    subject = trial.make()
    if trial.before:
        getattr(subject, trial.before)()
    getattr(subject, trial.verb)()
    steps = watch.ask(
        "SELECT step, phase FROM {0}.saga_steps WHERE outcome IN ('done', 'parked') AND saga = ("
        "SELECT id FROM {0}.sagas WHERE name = '{1}' ORDER BY created_at DESC LIMIT 1) ORDER BY number".format(
            trial.database, trial.saga))
    if trial.after:
        getattr(subject, trial.after)()
    return [tuple(step) for step in steps]


def one_round(report, clock, watch, trial, name, hold, moment, victim, delay):
    begun = time.monotonic()
    report.begin_round()
    clock.quiet()
    subject = trial.make()
    outcome, failures = [], []

    def work():
        try:
            outcome.append(getattr(subject, trial.verb)())
        except Exception as error:  # noqa: BLE001 - whatever it is, the round has failed
            failures.append('%s: %s' % (type(error).__name__, error))

    try:
        if trial.before:
            getattr(subject, trial.before)()
        clock.disturb()
        worker = threading.Thread(target=work, daemon=True)
        strike(trial, worker, hold, moment, victim, delay)
        clock.quiet()
        worker.join(settings.LIMIT + 60)
        ended = clock.since_restart()
        if worker.is_alive():
            failures.append('the operation has not come back')
        sick = doctor.verdict(clock)
        if sick:
            failures.append(sick)
        failures += ['an internal error was answered: %s' % each for each in odd_answers.take()]
        report.round(failures, 1, '%-52s %-6s %.1f s after the restart, doctor %s, %.0f s' % (
            name, ''.join(outcome) or '-', ended, 'finds something' if sick else 'clean',
            time.monotonic() - begun), watch, [subject.id] if failures and subject.id else [])
        clock.quiet()
        if trial.after and outcome == ['done']:
            getattr(subject, trial.after)()
        elif trial.before and outcome == ['undone']:
            getattr(subject, trial.verb)()
    except Exception as error:  # noqa: BLE001
        report.round(['%s: %s' % (type(error).__name__, error)], 1, name, watch,
                     [subject.id] if subject.id else [])


def strike(trial, worker, hold, moment, victim, delay):
    if hold is None:
        worker.start()
        time.sleep(delay)
        processes.kill(victim)
    else:
        with Hold(trial.database, *hold) as held:
            worker.start()
            if not held.wait(settings.LIMIT):
                raise TimeoutError('%s did not come to %s:%s' % (trial.name, *hold))
            if moment == 'after':
                processes.kill(victim)
                held.release()
            else:
                held.release()
                time.sleep(delay)
                processes.kill(victim)
            # The trigger can be taken away when the database is there again.
            processes.restart(victim)
        return
    processes.restart(victim)
