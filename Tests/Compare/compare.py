#!/usr/bin/env python3
"""Sends the requests of a folder to two clouds and shows each difference between their answers.

    compare.py FOLDER --stock "SERVICE=URL ..." --ours "SERVICE=URL ..." --password PASSWORD
        [--shared SERVICE]  a service that is the same one on both sides: what it makes is made once
        [--only PATTERN]    only files whose names match (base.requests always)

FOLDER holds *.requests (compare/requests.py says how they are written), read in the order of their names with
base.requests first, and accepted.txt (compare/accepted.py). A file is for the service that its first line names:
"# service: image"; without it, for identity.
"""
import argparse
import fnmatch
import sys
from pathlib import Path

from compare.accepted import Accepted
from compare.level import level
from compare.mask import Mask
from compare.report import Report
from compare.requests import read_file
from compare.side import Side


def main():
    arguments = parsed()
    stock = Side('stock', urls(arguments.stock))
    ours = Side('ours', urls(arguments.ours))
    for side in (stock, ours):
        side.known['password'] = arguments.password
    if not arguments.shared:
        level(stock, ours)
    report = Report(Accepted(arguments.folder / 'accepted.txt'))
    for path in files(arguments.folder, arguments.only):
        send(path, stock, ours, report, arguments.shared)
        if path.stem == 'base' and report.unusable:
            # Those who ask are not there, and would be refused alike on both sides.
            break
    whole = not arguments.only and not report.unusable
    sys.exit(report.summary(arguments.folder.name, 'requests', whole))


def parsed():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--stock', required=True)
    parser.add_argument('--ours', required=True)
    parser.add_argument('--password', required=True)
    parser.add_argument('--shared')
    parser.add_argument('--only')
    return parser.parse_args()


def urls(text):
    return dict(part.split('=', 1) for part in text.split())


def files(folder, only):
    found = sorted(folder.glob('*.requests'), key=lambda path: (path.stem != 'base', path.name))
    return [path for path in found if path.stem == 'base' or not only or fnmatch.fnmatch(path.stem, only)]


def service_of(path):
    first = path.read_text().partition('\n')[0]
    return first.removeprefix('# service:').strip() if first.startswith('# service:') else 'identity'


def send(path, stock, ours, report, shared):
    service = service_of(path)
    print(f'{path.parent.name}/{path.name}', flush=True)
    for request in read_file(path):
        text = f'{request.name} {request.body or ""}'
        answer = ours.send(service, request)
        reason = unusable(path, ours, answer)
        if service == shared:
            stock.known.update(ours.known)
            if reason:
                report.fail(request.place, text, reason)
            continue
        wanted = stock.send(service, request)
        reason = reason or unusable(path, stock, wanted)
        if reason:
            report.fail(request.place, text, reason)
            continue
        report.judge(
            request.place, request.name, text, Mask(stock).answer(wanted), Mask(ours).answer(answer), request.ordered)


def unusable(path, side, answer):
    """Why an answer is none that two sides could have alike, or None. All of base.requests must succeed."""
    if answer.status == 0:
        return f'{side.name}: no answer: {answer.body}'
    if path.stem != 'base':
        return None
    if answer.status >= 400:
        return f'{side.name}: {answer.status}: {answer.body}'
    return f'{side.name}: its answer has no {", ".join(side.missing)}' if side.missing else None


if __name__ == '__main__':
    main()
