"""Kills identity under load; see identity.sh."""

import argparse
import random
import sys
import time

from private_identity import PrivateIdentity

from . import clients, consistency, outages

SETTINGS = "[passwords]\nhash_rounds = 4\n"
CLIENTS = 8
# Seconds of work before a kill: from the middle of the first requests on.
PAUSE = (0.3, 1.5)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("programs", help="the folder with identity and apus")
    arguments.add_argument("--kills", type=int, default=6)
    arguments.add_argument("--seed", type=int, default=1)
    arguments = arguments.parse_args()
    chance = random.Random(arguments.seed)
    with PrivateIdentity(arguments.programs, SETTINGS) as identity:
        world = clients.World(identity)
        down = outages.Outages()
        workers = [clients.Client(world, f"{arguments.seed}-{index}") for index in range(CLIENTS)]
        for worker in workers:
            worker.start()
        for _ in range(arguments.kills):
            time.sleep(chance.uniform(*PAUSE))
            down.one(identity)
        time.sleep(1)
        for worker in workers:
            worker.finish()
        events = [event for worker in workers for event in worker.events]
        answered = sum(event.status is not None for event in events)
        print(f"identity kills: {arguments.kills} kills, {answered} answers, {len(events) - answered} others")
        verdicts = outages.verdicts(events, down) + consistency.verdicts(world, workers)
    failed = [name for name, problems in verdicts if problems]
    for name, problems in verdicts:
        print(f"  {'FAIL' if problems else 'ok  '}  {name}")
        for problem in problems[:10]:
            print(f"        | {problem}")
    print(f"identity kills: {len(verdicts) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


main()
