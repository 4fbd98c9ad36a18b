"""One connection to the stack's MariaDB as its root, by the command line client, which is always there."""
import subprocess
import threading

from . import settings

END = 'chaos-end-of-answer'
# Not reachable, gone away, lost during a query, unknown error on connecting.
LOST = ('ERROR 2002', 'ERROR 2006', 'ERROR 2013', 'ERROR 2026')


class Lost(Exception):
    """The connection has ended: the server was killed, or is not up yet."""


class Refused(Exception):
    """The server did not like a statement."""


class Connection:
    """Statements one after the other on one session, so that it can hold locks. Connects again by itself."""

    def __init__(self):
        self.process = None
        self.lock = threading.Lock()

    def query(self, statement):
        """The rows of an answer as lists of strings."""
        with self.lock:
            if self.process is None or self.process.poll() is not None:
                self.connect()
            try:
                self.process.stdin.write("%s;\nSELECT '%s';\n" % (statement, END))
                self.process.stdin.flush()
                rows = []
                for line in self.process.stdout:
                    line = line.rstrip('\n')
                    if line == END:
                        break
                    # The client goes on after an error, and would wait for the next statement.
                    if line.startswith(LOST):
                        self.close()
                        raise Lost(line)
                    rows.append(line.split('\t'))
                else:
                    raise Lost('the database server has ended the connection')
            except BrokenPipeError:
                raise Lost('the database server has ended the connection') from None
        for row in rows:
            if row[0].startswith('ERROR '):
                raise Refused('\t'.join(row))
        return rows

    def connect(self):
        self.close()
        self.process = subprocess.Popen(
            ['mariadb', '--no-defaults', '--socket=%s' % settings.DATABASE_SOCKET, '--user=root', '--batch',
             '--skip-column-names', '--unbuffered', '--force', '--skip-reconnect', '--delimiter=;'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.kill()
            self.process.wait()
            self.process = None


def quoted(text):
    return "'%s'" % text.replace('\\', '\\\\').replace("'", "\\'")
