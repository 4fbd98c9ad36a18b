"""The command line. See run.sh."""
import argparse
import logging
import sys
import time

from . import every_step, kills, processes, sagas, scenarios, settings
from .database import Connection
from .report import Report
from .stage import Stage


def arguments():
    parser = argparse.ArgumentParser(prog='run.sh', description='Breaks the cloud of this machine on purpose.')
    parser.add_argument('--kills', type=int, metavar='N', help='kill N processes at random moments (default 40)')
    parser.add_argument('--every-step', action='store_true', help='each victim at each step of each workflow')
    parser.add_argument('--scenario', choices=[*scenarios.ALL, 'all'])
    parser.add_argument('--seed', default=None, help='what is done when; a new one when not given')
    parser.add_argument('--victims', default='', help='only these, by comma: %s' % ', '.join(
        settings.DAEMONS + settings.SERVICES))
    parser.add_argument('--only', default='', metavar='PATTERN',
                        help='with --every-step: attempts whose name matches this, such as "create-server ports"')
    parser.add_argument('--keep', action='store_true', help='leave what was made in the cloud')
    return parser.parse_args()


def main():
    options = arguments()
    logging.getLogger('openstack').setLevel(logging.CRITICAL)
    seed = options.seed or str(int(time.time()))
    victims = [each for each in options.victims.split(',') if each]
    report = Report(seed)
    processes.start_missing(settings.DAEMONS + settings.SERVICES)
    scenarios.undo_leftovers()
    every_step.RoomForTheHeld.undo()
    for database in sagas.DATABASES:
        sagas.remove_hold(Connection(), database)
    stage = Stage()
    stage.strike()
    stage.build()
    watch = sagas.Watch()
    try:
        if options.every_step:
            every_step.run(report, stage, watch, seed, victims or every_step.VICTIMS, options.only)
        elif options.scenario:
            names = list(scenarios.ALL) if options.scenario == 'all' else [options.scenario]
            scenarios.run(report, stage, watch, seed, names)
        else:
            kills.run(report, stage, watch, options.kills or 40, seed, kills.victims(victims))
    finally:
        if not options.keep:
            stage.strike()
    return report.end('chaos')


sys.exit(main())
