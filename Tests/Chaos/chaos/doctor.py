"""What `apus doctor` says, and whether every daemon is still there."""
import subprocess
import time

from . import settings
from .processes import ended_by_themselves


def look():
    """(clean, what it printed)"""
    done = subprocess.run([settings.APUS, 'doctor'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120)
    return done.returncode == 0, done.stdout


def verdict(clock):
    """None when all is well, else what is not. Looked at again until the limit after the last restart."""
    while True:
        gone = ended_by_themselves()
        if gone:
            return 'ended though nobody killed it: %s' % ', '.join(gone)
        clean, text = look()
        if clean:
            return None
        if clock.since_restart() > settings.LIMIT:
            return text
        time.sleep(1)
