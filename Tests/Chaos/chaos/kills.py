"""Random processes killed at random moments, under the hands of several users."""
import random
import time

from . import doctor, processes, settings
from .cloud import Clock, odd_answers
from .database import Lost
from .slots import Shift, all_slots

KILLS_PER_ROUND = 5


def plan(seed, kills, victims):
    """Whom to kill and how long to wait before: the same for the same seed. Everybody's turn comes."""
    source = random.Random(seed)
    order = []
    while len(order) < kills:
        turn = list(victims)
        source.shuffle(turn)
        order += turn
    return [(victim, round(source.uniform(0.3, 1.6), 2)) for victim in order[:kills]]


def run(report, stage, watch, kills, seed, victims):
    stage.with_guest().with_volume()
    clock = Clock()
    slots = all_slots(stage, clock, seed)
    moves = plan(seed, kills, victims)
    while moves:
        batch, moves = moves[:KILLS_PER_ROUND], moves[KILLS_PER_ROUND:]
        one_round(report, clock, watch, slots, batch)


def one_round(report, clock, watch, slots, batch):
    begun = time.monotonic()
    report.begin_round()
    clock.disturb()
    failures, unable = [], False
    with Shift(slots) as shift:
        for victim, pause in batch:
            time.sleep(pause)
            try:
                strike(report, watch, victim)
            except Exception as error:  # noqa: BLE001 - without the victim nothing else can hold
                failures.append('%s: %s' % (victim, error))
                unable = True
                break
        clock.quiet()
        failures += shift.wait()
    ended = clock.since_restart()
    sick = doctor.verdict(clock)
    if sick:
        failures.append(sick)
    failures += ['an internal error was answered: %s' % each for each in odd_answers.take()]
    results = [result for slot in slots for result in slot.results]
    undone = [what for what, outcome, _ in results if outcome != 'done']
    report.round(
        failures, len(batch),
        'round of %d kills: %d operations ended, undone %s; the last %.1f s after the restart; '
        'doctor %s; %.0f s' % (len(batch), len(results), ', '.join(undone) or 'none', ended, 'finds something' if sick else 'clean',
                               time.monotonic() - begun),
        watch, subjects(slots) if failures else ())
    if unable:
        raise SystemExit('chaos: a process could not be killed or started')


def strike(report, watch, victim):
    try:
        moment = watch.running()
    except Lost:
        moment = []
    processes.kill(victim)
    seconds = processes.restart(victim)
    report.line('      killed %-14s at %s; up again after %.1f s' % (
        victim, ' '.join(moment) or 'no workflow', seconds))


def subjects(slots):
    """The ids of what failed."""
    found = [getattr(slot.subject, 'id', None) for slot in slots if slot.failure]
    return [each for each in dict.fromkeys(found) if each]


def victims(names):
    return names or settings.DAEMONS + settings.SERVICES
