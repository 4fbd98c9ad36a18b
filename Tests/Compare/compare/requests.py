"""Reads *.requests: one request in a line, and what to remember of its answer.

    TOKEN METHOD PATH [+Header=value]... [BODY] [@ordered] [-> name=path.in.body ...]

TOKEN is a remembered token's name, or `none`. BODY is JSON, or text:..., or bytes:N. $name stands for what was
remembered under that name on the side that is asked. A path in a body has dots between its steps; @Header is
an answer's header. @ordered: the order of lists counts. A line that begins with a space continues the one before.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Request:
    place: str
    token: str
    method: str
    path: str
    headers: dict = field(default_factory=dict)
    body: str | None = None
    ordered: bool = False
    keep: dict = field(default_factory=dict)

    @property
    def name(self):
        return ' '.join(part for part in (self.token, self.method, self.path) if part)


def read_file(path: Path):
    return [parse(line, f'{path.name}:{number}') for number, line in joined_lines(path)]


def joined_lines(path):
    joined = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        if line[0] == ' ' and joined:
            joined[-1][1] += ' ' + line.strip()
        else:
            joined.append([number, line.rstrip()])
    return joined


def parse(line, place):
    keep = {}
    head, arrow, tail = line.rpartition(' -> ')
    if arrow:
        line = head
        keep = dict(part.split('=', 1) for part in tail.split())
    words = line.split(maxsplit=3)
    if len(words) < 3:
        raise ValueError(f'{place}: not a request: {line}')
    request = Request(place, *words[:3], keep=keep)
    rest = words[3] if len(words) > 3 else ''
    if rest.endswith('@ordered'):
        request.ordered = True
        rest = rest[:-len('@ordered')].rstrip()
    while match := re.match(r'\+([\w-]+)=(\S*)\s*', rest):
        request.headers[match[1]] = match[2]
        rest = rest[match.end():]
    request.body = rest or None
    return request


def filled(text, known):
    """`text` with each $name replaced; a name that nothing is known of stays to be seen in the answer."""
    return re.sub(r'\$([a-z][a-z0-9_]*)', lambda match: known.get(match[1], 'unknown-' + match[1]), text)
