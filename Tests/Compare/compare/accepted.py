"""The differences that are meant: accepted.txt, each line with its reason.

    REQUEST | WHERE | REASON

REQUEST and WHERE are patterns (* and ?) over the request's line and the place of the difference. WHERE may go on
with what is there: "status: 400 => 409". A line that no difference meets is an error: what is equal again must not
stay excused. A reason that begins with "gap" is of something that we do not do yet.
"""
import fnmatch
from dataclasses import dataclass

from .difference import shown


@dataclass
class Line:
    number: int
    request: str
    where: str
    reason: str
    used: int = 0

    @property
    def is_gap(self):
        return self.reason.startswith('gap')

    def meets(self, request, difference):
        where, _, values = self.where.partition(': ')
        stock, _, ours = values.partition(' => ')
        return (matches(request, self.request) and matches(difference.where, where)
                and matches(shown(difference.stock), stock or '*') and matches(shown(difference.ours), ours or '*'))


def matches(text, pattern):
    # Brackets are part of our texts: fnmatch would take them for sets.
    return fnmatch.fnmatchcase(text.replace('[', '('), pattern.replace('[', '('))


class Accepted:
    def __init__(self, path):
        self.lines = list(read(path)) if path.exists() else []

    def line(self, request, difference):
        """The line that excuses the difference, or None."""
        for line in self.lines:
            if line.meets(request, difference):
                line.used += 1
                return line
        return None

    def unused(self):
        return [line for line in self.lines if not line.used]


def read(path):
    for number, text in enumerate(path.read_text().splitlines(), 1):
        if not text.strip() or text.startswith('#'):
            continue
        parts = [part.strip() for part in text.split(' | ', 2)]
        if len(parts) != 3 or not parts[2]:
            raise ValueError(f'{path}:{number}: not REQUEST | WHERE | REASON')
        yield Line(number, *parts)
