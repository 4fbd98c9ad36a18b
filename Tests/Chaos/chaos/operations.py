"""What users do while things break. Each operation ends as asked, or cleanly undone, or raises.

An operation returns "done" or "undone"; asking is repeated when no answer came, so each looks first
whether an earlier request was heard.
"""
from openstack import exceptions

from .cloud import TooLate, gone, insist, until


class Wrong(Exception):
    """Something ended in a way it must not."""


class Server:
    """Makes and removes a server without a system in it."""

    def __init__(self, cloud, stage, clock, name):
        self.cloud, self.stage, self.clock, self.name = cloud, stage, clock, name
        self.id = self.fault = None

    def find(self):
        for server in self.cloud.compute.servers(name=self.name):
            return server
        return None

    def create(self):
        def ask():
            # A request whose answer was lost may have been heard.
            found = self.find()
            return found or self.cloud.compute.create_server(
                name=self.name, image_id=self.stage.image, flavor_id=self.stage.flavor,
                networks=[{'uuid': self.stage.network}],
                security_groups=[{'name': self.stage.group_name}])
        self.id = insist(self.clock, ask).id
        server = until(self.clock, 'server %s ACTIVE or ERROR' % self.id, self.settled)
        if server.status == 'ACTIVE':
            return 'done'
        self.fault = (server.fault or {}).get('message')
        if not self.fault:
            raise Wrong('server %s is in ERROR without a fault' % self.id)
        self.delete()
        return 'undone'

    def settled(self):
        server = self.cloud.compute.get_server(self.id)
        return server if server.status in ('ACTIVE', 'ERROR') else None

    def delete(self):
        def ask():
            gone(lambda: self.cloud.compute.delete_server(self.id, ignore_missing=False))
            return True
        insist(self.clock, ask)
        until(self.clock, 'server %s gone' % self.id, self.is_gone)
        return 'done'

    def is_gone(self):
        server = gone(lambda: self.cloud.compute.get_server(self.id))
        if server is not None and server.status == 'ERROR' and server.task_state is None:
            # A deletion that could not be ended says so, and is asked for again.
            gone(lambda: self.cloud.compute.delete_server(self.id, ignore_missing=False))
        return server is None


class Volume:
    """Makes and removes an empty volume."""

    def __init__(self, cloud, clock, name):
        self.cloud, self.clock, self.name = cloud, clock, name
        self.id = None

    def create(self):
        def ask():
            found = next(iter(self.cloud.block_storage.volumes(name=self.name)), None)
            return found or self.cloud.block_storage.create_volume(name=self.name, size=1)
        self.id = insist(self.clock, ask).id
        volume = until(self.clock, 'volume %s available' % self.id,
                       lambda: self.has_status('available', 'error'))
        if volume.status == 'available':
            return 'done'
        self.delete()
        return 'undone'

    def has_status(self, *wanted):
        volume = self.cloud.block_storage.get_volume(self.id)
        return volume if volume.status in wanted else None

    def delete(self):
        def ask():
            try:
                gone(lambda: self.cloud.block_storage.delete_volume(self.id, ignore_missing=False))
            except exceptions.BadRequestException:
                if gone(lambda: self.cloud.block_storage.get_volume(self.id)).status != 'deleting':
                    raise
            return True
        insist(self.clock, ask)
        until(self.clock, 'volume %s gone' % self.id, self.is_gone)
        return 'done'

    def is_gone(self):
        volume = gone(lambda: self.cloud.block_storage.get_volume(self.id))
        if volume is not None and volume.status == 'error_deleting':
            raise Wrong('volume %s could not be deleted' % self.id)
        return volume is None


class Disk:
    """Attaches a volume to a running guest and takes it away."""

    def __init__(self, cloud, clock, server, volume):
        self.cloud, self.clock, self.server, self.volume = cloud, clock, server, volume

    @property
    def id(self):
        return self.server

    def attachment(self):
        return next((each for each in self.cloud.compute.volume_attachments(self.server)
                     if each.volume_id == self.volume), None)

    def status(self):
        return self.cloud.block_storage.get_volume(self.volume).status

    def attach(self):
        def ask():
            if self.attachment() is None and self.status() == 'available':
                self.cloud.compute.create_volume_attachment(self.server, volume_id=self.volume)
            return True
        insist(self.clock, ask)
        until(self.clock, 'volume %s in-use or available' % self.volume, self.settled)
        return 'done' if self.status_now() == 'in-use' else 'undone'

    def status_now(self):
        return insist(self.clock, self.status)

    def settled(self):
        status = self.status()
        attached = self.attachment() is not None
        if status == 'error':
            raise Wrong('volume %s is in error' % self.volume)
        return (status, attached) in (('in-use', True), ('available', False))

    def detach(self):
        def ask():
            """A detachment that was undone leaves the volume attached: it is asked for again."""
            if self.attachment() is not None:
                try:
                    gone(lambda: self.cloud.compute.delete_volume_attachment(
                        self.server, self.volume, ignore_missing=False))
                except (exceptions.ConflictException, exceptions.BadRequestException):
                    pass  # it is being detached already
            return self.attachment() is None and self.settled()
        until(self.clock, 'volume %s available' % self.volume, ask)
        return 'done'


class Interface:
    """Plugs a network interface into a running guest and takes it away."""

    def __init__(self, cloud, clock, server, network):
        self.cloud, self.clock, self.server, self.network = cloud, clock, server, network

    @property
    def id(self):
        return self.server

    def ports(self):
        """The guest's interfaces beside its first, as compute and network each know them."""
        return [each for each in self.cloud.compute.server_interfaces(self.server)
                if each.net_id == self.network]

    def in_network(self):
        return list(self.cloud.network.ports(device_id=self.server, network_id=self.network))

    def attach(self):
        def ask():
            if not self.ports() and not self.in_network():
                self.cloud.compute.create_server_interface(self.server, net_id=self.network)
            return True
        insist(self.clock, ask)
        until(self.clock, 'interface of %s settled' % self.server, self.settled)
        return 'done' if insist(self.clock, self.ports) else 'undone'

    def settled(self):
        ports = self.ports()
        known = self.in_network()
        if {each.port_id for each in ports} != {each.id for each in known}:
            return False
        return all(each.port_state == 'ACTIVE' for each in ports) or not ports

    def detach(self):
        def ask():
            """Refused while something else is done to the interface, or undone: it is asked for again."""
            for each in self.ports():
                try:
                    gone(lambda: self.cloud.compute.delete_server_interface(
                        each.port_id, server=self.server, ignore_missing=False))
                except (exceptions.ConflictException, exceptions.BadRequestException):
                    pass
            return not self.ports() and not self.in_network()
        until(self.clock, 'interface of %s gone' % self.server, ask)
        return 'done'


class Floating:
    """Gives a guest a floating address and takes it back."""

    def __init__(self, cloud, clock, port, network, name):
        self.cloud, self.clock, self.port, self.network, self.name = cloud, clock, port, network, name
        self.id = None

    def create(self):
        def ask():
            found = next(iter(self.cloud.network.ips(description=self.name)), None)
            return found or self.cloud.network.create_ip(
                floating_network_id=self.network, port_id=self.port, description=self.name)
        self.id = insist(self.clock, ask).id
        until(self.clock, 'floating address %s ACTIVE' % self.id,
              lambda: self.cloud.network.get_ip(self.id).status == 'ACTIVE')
        return 'done'

    def delete(self):
        insist(self.clock, lambda: gone(lambda: self.cloud.network.delete_ip(self.id, ignore_missing=False)))
        until(self.clock, 'floating address %s gone' % self.id,
              lambda: gone(lambda: self.cloud.network.get_ip(self.id)) is None)
        return 'done'


class Group:
    """Makes a security group, puts a guest's port into it, and undoes that."""

    def __init__(self, cloud, clock, port, name):
        self.cloud, self.clock, self.port, self.name = cloud, clock, port, name
        self.id = None

    def create(self):
        network = self.cloud.network

        def ask():
            found = next(iter(network.security_groups(name=self.name)), None)
            return found or network.create_security_group(name=self.name)

        def rule():
            if not list(network.security_group_rules(security_group_id=self.id, protocol='tcp')):
                network.create_security_group_rule(
                    security_group_id=self.id, direction='ingress', ether_type='IPv4', protocol='tcp',
                    port_range_min=8080, port_range_max=8080)
            return True

        self.id = insist(self.clock, ask).id
        insist(self.clock, rule)
        insist(self.clock, lambda: self.groups_of_port([self.id], []))
        return 'done'

    def groups_of_port(self, more, less):
        port = self.cloud.network.get_port(self.port)
        groups = sorted((set(port.security_group_ids) | set(more)) - set(less))
        if groups != sorted(port.security_group_ids):
            self.cloud.network.update_port(self.port, security_groups=groups)
        return True

    def delete(self):
        insist(self.clock, lambda: self.groups_of_port([], [self.id]))
        insist(self.clock, lambda: gone(lambda: self.cloud.network.delete_security_group(self.id, ignore_missing=False)))
        return 'done'


__all__ = ['Disk', 'Floating', 'Group', 'Interface', 'Server', 'TooLate', 'Volume', 'Wrong']
