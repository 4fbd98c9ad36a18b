"""What a run shows: a line for each round, and on failure all that tells why."""
import re
import subprocess

from . import settings

ALARMS = re.compile(r'\b(warning|error|critical|fatal)\b', re.IGNORECASE)


class Report:
    def __init__(self, seed):
        self.seed = seed
        self.passed = self.failed = 0
        self.sizes = {}

    def line(self, text):
        print(text, flush=True)

    def begin_round(self):
        """Logs are shown from here on if the round fails."""
        self.sizes = {name: self.log(name).stat().st_size for name in settings.DAEMONS
                      if self.log(name).exists()}

    def log(self, name):
        return settings.LOGS / ('%s.log' % name)

    def round(self, failures, count, text, watch, subjects=(), explain=True):
        """Counts a round as `count` things that held or not. Failures are shown, and with them, if `explain`, their
        surroundings."""
        self.line('%-4s  seed %s  %s' % ('FAIL' if failures else 'ok', self.seed, text))
        if not failures:
            self.passed += count
            return
        self.failed += count
        for failure in failures:
            for each in str(failure).splitlines():
                self.line('        ! %s' % each)
        if explain:
            self.surroundings(watch, subjects)

    def surroundings(self, watch, subjects):
        try:
            for each in watch.journal(subjects):
                self.line('        workflow | %s' % each)
        except Exception as error:  # noqa: BLE001 - a report must not end the run
            self.line('        workflow | %s' % error)
        for subject in subjects:
            done = subprocess.run([settings.APUS, 'explain', subject], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
            for each in done.stdout.splitlines()[:40]:
                self.line('        explain | %s' % each)
        for name, size in self.sizes.items():
            with open(self.log(name), errors='replace') as text:
                text.seek(size)
                lines = [each.rstrip() for each in text if ALARMS.search(each)]
            for each in lines[-15:]:
                self.line('        %s | %s' % (name, each[:600]))

    def end(self, what):
        self.line('%s: %d passed, %d failed' % (what, self.passed, self.failed))
        return 1 if self.failed or not self.passed else 0
