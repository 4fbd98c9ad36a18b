#!/usr/bin/env python3
"""Runs the commands of a file by Debian's openstack client at two clouds and shows each difference of what it prints.

    client.py FILE STOCK-URL OUR-URL PASSWORD     under stock.sh, which has the client

A line of the file is a command without `openstack`; it names things by their names, never by ids. What is
different on purpose is in accepted.txt beside it (compare/accepted.py), where REQUEST is the command's line.
"""
import contextlib
import io
import multiprocessing
import shlex
import sys
from pathlib import Path

from openstackclient import shell

from compare.accepted import Accepted
from compare.level import level
from compare.mask import Mask
from compare.report import Report
from compare.side import Side, decoded

# Commands of these words print a table, which can be JSON.
PRINTING = ('create', 'issue', 'list', 'show')
FORK = multiprocessing.get_context('fork')


def main():
    path, *urls, password = sys.argv[1:]
    path = Path(path)
    sides = [Side(name, {'identity': url}) for name, url in zip(('stock', 'ours'), urls)]
    for side in sides:
        side.known['password'] = password
    level(*sides)
    report = Report(Accepted(path.parent / 'accepted.txt'))
    print(f'{path.parent.name}/{path.name}', flush=True)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line and not line.startswith('#'):
            stock, ours = (Mask(side).value(run(side, line, password)) for side in sides)
            report.judge(f'{path.name}:{number}', line, line, stock, ours)
    sys.exit(report.summary('client', 'commands', whole=True))


def run(side, line, password):
    """What the command prints and how it ends."""
    words = shlex.split(line)
    if any(word in PRINTING for word in words):
        words += ['-f', 'json']
    options = {
        'auth-url': side.urls['identity'] + '/v3', 'username': 'admin', 'password': password, 'project-name': 'admin',
        'user-domain-id': 'default', 'project-domain-id': 'default', 'identity-api-version': '3',
        'region-name': 'RegionOne',
    }
    words = [f'--os-{name}={value}' for name, value in options.items()] + words
    # The client keeps its connections in the process, so each command has one: a copy, which is quick.
    here, there = FORK.Pipe(duplex=False)
    child = FORK.Process(target=called, args=(words, there))
    child.start()
    there.close()
    try:
        status, out, err = here.recv()
    except EOFError:
        status, out, err = None, '', 'the client broke'
    child.join()
    return {'status': status, 'printed': decoded(out.encode()), 'errors': err.strip()}


def called(words, answer):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = shell.main(words)
        except SystemExit as end:
            status = end.code
    answer.send((status, out.getvalue(), err.getvalue()))


if __name__ == '__main__':
    main()
