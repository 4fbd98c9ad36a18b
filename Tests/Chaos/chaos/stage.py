"""What operations need: an image that costs nothing to start, a network, and a guest that really runs."""
import io
import os
import time

from . import cloud as users
from . import settings

BLANK = settings.PREFIX + 'blank'


class Stage:
    """Made once, by the names of what is there already; `strike` removes all that starts with our prefix."""

    def __init__(self):
        self.cloud = users.connect()
        self.image = self.flavor = self.network = self.public = self.group_name = None
        self.side_network = self.guest = self.guest_port = self.volume = None

    def build(self):
        cloud = self.cloud
        self.flavor = cloud.compute.find_flavor('m1.nano', ignore_missing=False).id
        self.network = cloud.network.find_network('private', ignore_missing=False).id
        self.public = cloud.network.find_network('public', ignore_missing=False).id
        self.group_name = 'default'
        self.image = self.blank_image(BLANK)
        return self

    def blank_image(self, name, size=1 << 20, random=False):
        """Nothing to boot: the firmware of its guest waits for ever, without using the processor."""
        content = os.urandom(size) if random else bytes(size)
        found = self.cloud.image.find_image(name)
        if found is None:
            found = self.cloud.image.create_image(
                name, data=io.BytesIO(content), disk_format='raw',
                container_format='bare', wait=True)
        return found.id

    def with_guest(self):
        """A guest with a system in it, which lets devices come and go, a volume and a second network."""
        cloud = self.cloud
        name = settings.PREFIX + 'guest'
        server = next(iter(cloud.compute.servers(name=name)), None)
        if server is not None and server.status != 'ACTIVE':
            cloud.compute.delete_server(server)
            cloud.compute.wait_for_delete(server, interval=1, wait=60)
            server = None
        if server is None:
            server = cloud.compute.create_server(
                name=name, image_id=cloud.image.find_image('apus-guest', ignore_missing=False).id,
                flavor_id=self.flavor, networks=[{'uuid': self.network}])
            server = cloud.compute.wait_for_server(server, wait=120)
            self.wait_for_system(server)
        self.guest = server.id
        self.guest_port = next(cloud.network.ports(device_id=server.id, network_id=self.network)).id
        name = settings.PREFIX + 'side'
        network = cloud.network.find_network(name)
        if network is None:
            network = cloud.network.create_network(name=name)
            cloud.network.create_subnet(name=name, network_id=network.id, ip_version=4, cidr='192.168.77.0/24')
        self.side_network = network.id
        return self

    def with_volume(self):
        name = settings.PREFIX + 'disk'
        storage = self.cloud.block_storage
        volume = next(iter(storage.volumes(name=name)), None) or storage.create_volume(name=name, size=1)
        # From an earlier part of the run it may still be attached, which is as good a beginning.
        if volume.status != 'in-use':
            volume = storage.wait_for_status(volume, 'available', interval=0.5, wait=60)
        self.volume = volume.id
        return self

    def wait_for_system(self, server):
        """Only a kernel that has found its buses lets go of a device."""
        deadline = time.monotonic() + 120
        while 'login:' not in self.cloud.compute.get_server_console_output(server, length=200)['output']:
            if time.monotonic() > deadline:
                raise users.TooLate('the guest has not started within 120 s')
            time.sleep(1)

    def strike(self):
        cloud = self.cloud
        ours = settings.PREFIX
        for address in list(cloud.network.ips()):
            if (address.description or '').startswith(ours):
                cloud.network.delete_ip(address)
        servers = [each for each in cloud.compute.servers() if each.name.startswith(ours)]
        for server in servers:
            cloud.compute.delete_server(server)
        for server in servers:
            cloud.compute.wait_for_delete(server, interval=0.5, wait=60)
        for volume in list(cloud.block_storage.volumes()):
            if (volume.name or '').startswith(ours):
                cloud.block_storage.delete_volume(volume)
        for group in list(cloud.network.security_groups()):
            if group.name.startswith(ours):
                cloud.network.delete_security_group(group)
        for network in list(cloud.network.networks()):
            if network.name.startswith(ours):
                cloud.network.delete_network(network)
        for image in list(cloud.image.images()):
            if (image.name or '').startswith(ours):
                cloud.image.delete_image(image)
