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
from compare.difference import differences, shown
from compare.level import level
from compare.mask import Mask
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
    run = Run(stock, ours, Accepted(arguments.folder / 'accepted.txt'), arguments.shared)
    for path in files(arguments.folder, arguments.only):
        run.file(path)
    sys.exit(run.summary(arguments.folder.name, whole=not arguments.only))


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


class Run:
    def __init__(self, stock, ours, accepted, shared):
        self.stock, self.ours, self.accepted, self.shared = stock, ours, accepted, shared
        self.equal = self.excused = self.failed = self.gaps = 0

    def file(self, path):
        service = service_of(path)
        print(f'{path.parent.name}/{path.name}', flush=True)
        for request in read_file(path):
            ours = self.ours.send(service, request)
            if service == self.shared:
                self.stock.known.update(self.ours.known)
                continue
            stock = self.stock.send(service, request)
            self.judge(request, Mask(self.stock).answer(stock), Mask(self.ours).answer(ours))

    def judge(self, request, stock, ours):
        found = list(differences(stock, ours, request.ordered))
        lines = [(one, self.accepted.line(request.name, one)) for one in found]
        unknown = [one for one, line in lines if line is None]
        if unknown:
            self.failed += 1
            print(f'  {request.place}  {request.name} {request.body or ""}'[:300])
            for one in unknown:
                print(f'    {one.where}\n      stock {short(one.stock)}\n      ours  {short(one.ours)}', flush=True)
        elif any(line.is_gap for _, line in lines):
            self.gaps += 1
        elif found:
            self.excused += 1
        else:
            self.equal += 1

    def summary(self, name, whole):
        unused = self.accepted.unused() if whole else []
        for line in unused:
            print(f'  accepted.txt:{line.number}: no difference meets it any more: {line.request} | {line.where}')
        failed = self.failed + len(unused)
        good = self.equal + self.excused + self.gaps
        print(f'{name}: {good + self.failed} requests: {self.equal} answered alike, {self.excused} otherwise for a '
              f'reason, {self.gaps} with a known gap; {good} passed, {failed} failed')
        return 1 if failed else 0


def short(value):
    text = shown(value)
    return text if len(text) <= 400 else text[:400] + '...'


if __name__ == '__main__':
    main()
