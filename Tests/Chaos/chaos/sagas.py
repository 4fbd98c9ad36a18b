"""What the workflow tables say: where operations are, and a place to stop them at."""
import time

from .database import Connection, Lost, Refused, quoted

DATABASES = ['compute', 'block_storage']
LOCK = 'apus-chaos'


class Watch:
    """Looks at running workflows over one connection."""

    def __init__(self):
        self.connection = Connection()

    def ask(self, question):
        """The answer; asked again on a new connection, since the old one may have ended with the server."""
        try:
            return self.connection.query(question)
        except Lost:
            return self.connection.query(question)

    def running(self):
        """What is under way, as "workflow:step" with the status where it is not just running."""
        found = []
        for database in DATABASES:
            rows = self.ask(
                "SELECT name, step_name, status FROM %s.sagas WHERE finished_at IS NULL "
                "ORDER BY created_at LIMIT 20" % database)
            found += ['%s:%s%s' % (name, step or 'begin', '' if status == 'running' else '(%s)' % status)
                      for name, step, status in rows]
        return found

    def position(self, database, saga, subject):
        """(step, status) of a resource's latest workflow of that name, or None."""
        rows = self.ask(
            "SELECT step_name, status FROM %s.sagas WHERE name = %s AND subject = %s "
            "ORDER BY created_at DESC LIMIT 1" % (database, quoted(saga), quoted(subject)))
        return (rows[0][0], rows[0][1]) if rows else None

    def journal(self, subjects):
        """The journals of the workflows of some resources, and of all that have not ended, as lines."""
        lines = []
        for database in DATABASES:
            which = ', '.join(quoted(subject) for subject in subjects) or "''"
            for saga, name, subject, status, step, waiting, owner, due in self.ask(
                    "SELECT id, name, subject, status, step_name, IFNULL(waiting_for, '-'), IFNULL(owner, '-'), "
                    "IFNULL(due_at, '-') FROM %s.sagas WHERE finished_at IS NULL OR subject IN (%s) "
                    "ORDER BY created_at DESC LIMIT 12" % (database, which)):
                lines.append('%s %s of %s: %s at %s, owner %s, due %s, waits for %s' % (
                    name, saga, subject, status, step or '-', owner, due, waiting))
                lines += ['    ' + ' '.join(row) for row in self.ask(
                    "SELECT started_at, finished_at, phase, step, outcome, attempt, IFNULL(owner, '-'), "
                    "IFNULL(LEFT(REPLACE(error, '\n', ' '), 300), '') FROM %s.saga_steps WHERE saga = %s "
                    "ORDER BY number DESC LIMIT 12" % (database, quoted(saga)))]
        return lines


class Hold:
    """Stops whoever records the ends of some steps, after the step's work and before it is known.

    A trigger on the journal takes a lock that we have: the recording transaction waits in the database until
    it is let go, or until whoever runs it is dead. Nothing in the daemons knows of it.
    """

    def __init__(self, points):
        """points: (database, workflow, step, phase) of each."""
        self.points = points
        self.count = len(points)
        self.seen = 0
        self.databases = sorted({point[0] for point in points})
        self.connection = Connection()

    def __enter__(self):
        if self.count:
            self.connection.query("DO GET_LOCK(%s, 5)" % quoted(LOCK))
        for database in self.databases:
            which = ' OR '.join(
                "(NEW.step = %s AND NEW.phase = %s AND EXISTS (SELECT id FROM %s.sagas WHERE id = NEW.saga AND name = %s))"
                % (quoted(step), quoted(phase), database, quoted(saga))
                for where, saga, step, phase in self.points if where == database)
            self.connection.query("DROP TRIGGER IF EXISTS %s.chaos_hold" % database)
            self.connection.query(
                "CREATE TRIGGER %s.chaos_hold BEFORE INSERT ON %s.saga_steps FOR EACH ROW "
                "SET @chaos = IF(NEW.outcome IN ('done', 'parked') AND (%s), "
                "GET_LOCK(%s, 60) + RELEASE_LOCK(%s), 0)" % (
                    database, database, which, quoted(LOCK), quoted(LOCK)))
        return self

    def wait(self, count, seconds):
        """Until so many are held; False when the time is over."""
        deadline = time.monotonic() + seconds
        while count and time.monotonic() < deadline:
            self.seen = int(self.connection.query(
                "SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'User lock'")[0][0])
            if self.seen >= count:
                return True
            time.sleep(0.005)
        return not count

    def release(self):
        """Lets the held ones go on, and holds nobody any more."""
        try:
            if self.count:
                self.connection.query("DO RELEASE_LOCK(%s)" % quoted(LOCK))
        except Lost:
            pass  # with the server its locks have gone

    def __exit__(self, *_):
        self.release()
        for database in self.databases:
            remove_hold(self.connection, database)
        self.connection.close()


def remove_hold(connection, database):
    """Takes the trigger away, however often it takes while the server is down."""
    deadline = time.monotonic() + 60
    while True:
        try:
            connection.query("DROP TRIGGER IF EXISTS %s.chaos_hold" % database)
            return
        except (Lost, Refused):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
