"""The processes that may be killed: those whose ids stack.sh, or what it started, recorded."""
import os
import pathlib
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
    """SIGKILL, to that very process. Returns when it has ended."""
    handle = os.pidfd_open(find(victim))
    try:
        # The handle keeps the number from being given to another process between the look and the signal.
        pid = find(victim)
        started = start_time(pid)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while start_time(pid) == started and time.monotonic() < deadline:
            time.sleep(0.005)
    finally:
        os.close(handle)


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
