"""A user of the cloud, who asks again when an answer does not come."""
import threading
import time

import openstack
from keystoneauth1 import exceptions as keystone
from openstack import exceptions
from requests import exceptions as requests

from . import settings

AGAIN = (keystone.ConnectionError, keystone.DiscoveryFailure, keystone.MissingAuthPlugin,
         keystone.RetriableConnectionFailure, keystone.ConnectTimeout, requests.ConnectionError, requests.Timeout)


class TooLate(Exception):
    """Something did not end within its time."""


class Odd:
    """Answers that no user should see whatever has been killed: 500 instead of 503, a broken body."""

    def __init__(self):
        self.lock = threading.Lock()
        self.seen = []

    def add(self, text):
        with self.lock:
            self.seen.append(text)

    def take(self):
        with self.lock:
            seen, self.seen = self.seen, []
        return ['%s (%d times)' % (text, seen.count(text)) for text in dict.fromkeys(seen)]


odd_answers = Odd()


class Patience:
    """A limit that does not move."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds

    def check(self, what):
        if time.monotonic() > self.deadline:
            raise TooLate('%s within %d s' % (what, self.seconds))


def connect(name='devstack'):
    # What is being killed may be what a connection is made with.
    return insist(Patience(60), lambda: openstack.connect(
        cloud=name, config_files=[str(settings.STACK / 'clouds.yaml')], api_timeout=15))


def worth_another_try(error):
    if isinstance(error, AGAIN):
        return True
    status = getattr(error, 'status_code', None) or getattr(error, 'http_status', None)
    if status == 500:
        odd_answers.add(str(error)[:300])
    return status is not None and (status >= 500 or status in (401, 408, 429))


def insist(limit, ask):
    """Asks until there is an answer; a refusal is an answer, a daemon that is away gives none."""
    while True:
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 - sorted out by what it is
            if not worth_another_try(error):
                raise
            limit.check('no answer (%s)' % str(error)[:200])
        time.sleep(0.3)


def gone(ask):
    """The answer, or None for what is not there."""
    try:
        return ask()
    except exceptions.NotFoundException:
        return None


class Clock:
    """When operations must have ended: some seconds after the last restart, once nothing is killed any more."""

    def __init__(self):
        self.lock = threading.Lock()
        self.restarted = time.monotonic()
        self.is_quiet = False

    def disturb(self):
        with self.lock:
            self.is_quiet = False

    def quiet(self):
        """Everything runs again: from now on time counts."""
        with self.lock:
            self.is_quiet = True
            self.restarted = time.monotonic()

    def since_restart(self):
        with self.lock:
            return time.monotonic() - self.restarted

    def check(self, what):
        with self.lock:
            over = self.is_quiet and time.monotonic() - self.restarted > settings.LIMIT
        if over:
            raise TooLate('%s within %d s of the last restart' % (what, settings.LIMIT))


def until(clock, what, look):
    """Polls until `look` gives something true, which is returned."""
    while True:
        found = insist(clock, look)
        if found:
            return found
        clock.check('not %s' % what)
        time.sleep(0.25)
