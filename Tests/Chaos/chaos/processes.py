"""The processes that may be killed: those whose ids stack.sh, or what it started, recorded."""
import os
import pathlib
import select
import signal
import subprocess
import time

from . import settings


class NotOurs(Exception):
    """A process that nobody recorded, or that is another one by now."""


def start_time(pid):
    """When a process started, in ticks since boot; None when there is none, or only its remains."""
    try:
        text = pathlib.Path('/proc/%d/stat' % pid).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(')') + 2:].split()
    return None if fields[0] == 'Z' else fields[19]


def parent(pid):
    text = pathlib.Path('/proc/%d/stat' % pid).read_text()
    return int(text[text.rindex(')') + 2:].split()[1])


def recorded(path):
    """The process of a pid file of stack.sh, which also has its start time."""
    try:
        pid, started = path.read_text().split()
    except (FileNotFoundError, ValueError):
        raise NotOurs('%s does not name a process' % path) from None
    if start_time(int(pid)) != started:
        raise NotOurs('the process of %s has ended' % path)
    return int(pid)


def written_by_itself(path, program):
    """The process that wrote its number into a pid file: it must run that program."""
    try:
        pid = int(path.read_text())
        name = os.path.basename(os.readlink('/proc/%d/exe' % pid))
    except (FileNotFoundError, ValueError):
        raise NotOurs('%s does not name a process' % path) from None
    if name != program:
        raise NotOurs('process %d of %s is %s' % (pid, path, name))
    return pid


def broker():
    """The Erlang machine, which the recorded start script has as its child."""
    folder = settings.STACK / 'services/rabbitmq'
    script = recorded(folder / 'rabbitmq.pid')
    try:
        node = int((folder / 'rabbitmq/node.pid').read_text())
        known = {script, parent(node), parent(parent(node))}
    except (FileNotFoundError, ValueError):
        raise NotOurs('the broker has not written its process id') from None
    if len(known) == 3:
        raise NotOurs('process %d is not a child of %d' % (node, script))
    return node


def find(victim):
    """The id of a victim's process. Raises NotOurs when stack.sh did not start it."""
    noted = settings.STACK / 'changed'
    if victim in settings.DAEMONS or victim in ('tgtd', 'libvirtd'):
        if victim == 'libvirtd' and (noted / 'libvirt-started').exists():
            return written_by_itself(pathlib.Path('/run/libvirtd.pid'), 'libvirtd')
        return recorded(settings.RUN / ('%s.pid' % victim))
    if victim in ('mariadb', 'memcached'):
        return recorded(settings.STACK / 'services' / victim / ('%s.pid' % victim))
    if victim == 'rabbitmq':
        return broker()
    mark, file, program = {
        'ovsdb-server': ('openvswitch-started', '/run/openvswitch/ovsdb-server.pid', 'ovsdb-server'),
        'ovn-northd': ('ovn-central-started', '/run/ovn/ovn-northd.pid', 'ovn-northd'),
        'ovn-nb': ('ovn-central-started', '/run/ovn/ovnnb_db.pid', 'ovsdb-server'),
        'ovn-sb': ('ovn-central-started', '/run/ovn/ovnsb_db.pid', 'ovsdb-server'),
    }[victim]
    if not (noted / mark).exists():
        raise NotOurs('%s ran before stack.sh' % victim)
    return written_by_itself(pathlib.Path(file), program)


def kill(victim):
    """SIGKILL, to that very process. Returns when it has ended with all its threads, and so has let go of its ports."""
    handle = os.pidfd_open(find(victim))
    try:
        # The handle keeps the number from being given to another process between the look and the signal.
        find(victim)
        script = start_script() if victim == 'rabbitmq' else None
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        wait_for_end(handle)
        if script is not None:
            # It notices, says so and ends: until then it would be taken for a broker that runs.
            wait_for_end(script)
            os.close(script)
    finally:
        os.close(handle)


def start_script():
    """A handle of the script that the Erlang machine is a child of."""
    path = settings.STACK / 'services/rabbitmq/rabbitmq.pid'
    handle = os.pidfd_open(recorded(path))
    recorded(path)
    return handle


def wait_for_end(handle):
    ended = select.poll()
    ended.register(handle, select.POLLIN)
    if not ended.poll(10000):
        raise TimeoutError('a killed process has not ended within 10 s')


def restart(victim):
    """Starts it again and waits until it answers; returns how long that took."""
    begun = time.monotonic()
    script = settings.TOP / 'Tests/Chaos/restart.sh'
    done = subprocess.run([str(script), victim], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=180)
    if done.returncode != 0:
        raise RuntimeError('%s does not start: %s' % (victim, done.stdout.strip()[-800:]))
    return time.monotonic() - begun


def ended_by_themselves():
    """Daemons that no longer run though nobody killed them."""
    gone = []
    for name in settings.DAEMONS:
        try:
            find(name)
        except NotOurs:
            gone.append(name)
    return gone


def start_missing(victims):
    """What an earlier run may have left dead is started, so that only what this run does is seen."""
    for victim in victims:
        try:
            find(victim)
        except NotOurs:
            restart(victim)
