#!/usr/bin/env python3
"""Makes what a fresh cloud is expected to have, through its APIs, with openstacksdk.

Flavors, images, the demo project and user, a public and a private network, a router, a keypair, a
security group and a server. What is there already is left as it is, so it may run again.

    cloud.py SETTINGS.json     prints one line about each thing it made
"""
import ipaddress
import json
import os
import sys

import openstack

FLAVORS = [  # id, name, memory in MiB, disk in GiB, virtual processors: DevStack's
    ('42', 'm1.nano', 192, 1, 1),
    ('84', 'm1.micro', 256, 1, 1),
    ('1', 'm1.tiny', 512, 1, 1),
    ('2', 'm1.small', 2048, 20, 1),
    ('3', 'm1.medium', 4096, 40, 2),
    ('4', 'm1.large', 8192, 80, 4),
    ('5', 'm1.xlarge', 16384, 160, 8),
]


def made(what):
    print(what, flush=True)


def demo_project(admin, settings):
    project = admin.identity.find_project('demo', domain_id='default')
    if project is None:
        project = admin.identity.create_project(name='demo', domain_id='default')
        made('project demo')
    user = admin.identity.find_user('demo', domain_id='default')
    if user is None:
        user = admin.identity.create_user(
            name='demo', domain_id='default', password=settings['password'],
            default_project_id=project.id)
        made('user demo')
    member = admin.identity.find_role('member', ignore_missing=False)
    admin.identity.assign_project_role_to_user(project, user, member)
    administrator = admin.identity.find_user('admin', domain_id='default', ignore_missing=False)
    role = admin.identity.find_role('admin', ignore_missing=False)
    admin.identity.assign_project_role_to_user(project, administrator, role)
    return project


def flavors(admin):
    present = {flavor.name for flavor in admin.compute.flavors()}
    for ident, name, memory, disk, processors in FLAVORS:
        if name not in present:
            admin.compute.create_flavor(
                id=ident, name=name, ram=memory, disk=disk, vcpus=processors)
            made('flavor %s' % name)


def images(admin, settings):
    present = {image.name for image in admin.image.images() if image.status == 'active'}
    for name, path in settings['images']:
        if name not in present:
            kind = 'qcow2' if open(path, 'rb').read(4) == b'QFI\xfb' else 'raw'
            small = name == 'apus-guest'
            admin.image.create_image(
                name, filename=path, disk_format=kind, container_format='bare',
                visibility='public', min_disk=1 if small else 0, min_ram=128 if small else 0,
                wait=True)
            made('image %s' % name)


def public_network(admin, settings):
    network = admin.network.find_network(settings['public_network'])
    if network is None:
        network = admin.network.create_network(
            name=settings['public_network'], is_router_external=True,
            provider_network_type='flat', provider_physical_network='public')
        made('network %s' % network.name)
    if not network.subnet_ids:
        admin.network.create_subnet(
            name='%s-subnet' % network.name, network_id=network.id, ip_version=4,
            cidr=settings['floating_range'], gateway_ip=settings['public_gateway'],
            is_dhcp_enabled=False)
        made('subnet %s-subnet' % network.name)
    return network


def private_network(demo, settings, public):
    network = demo.network.find_network(settings['private_network'])
    if network is None:
        network = demo.network.create_network(name=settings['private_network'])
        made('network %s' % network.name)
    name = '%s-subnet' % network.name
    subnet = demo.network.find_subnet(name)
    if subnet is None:
        subnet = demo.network.create_subnet(
            name=name, network_id=network.id, ip_version=4, cidr=settings['fixed_range'])
        made('subnet %s' % name)
    router = demo.network.find_router('router1')
    if router is None:
        router = demo.network.create_router(
            name='router1', external_gateway_info={'network_id': public.id})
        made('router router1')
    attached = {ip['subnet_id'] for port in demo.network.ports(device_id=router.id)
                for ip in port.fixed_ips}
    if subnet.id not in attached:
        demo.network.add_interface_to_router(router, subnet_id=subnet.id)
        made('router1 on %s' % name)
    return network


def login_rules(demo):
    group = demo.network.find_security_group('login')
    if group is None:
        group = demo.network.create_security_group(
            name='login', description='SSH, web and ping from anywhere')
        rules = [('tcp', 22), ('tcp', 80), ('icmp', None)]
        for protocol, port in rules:
            demo.network.create_security_group_rule(
                security_group_id=group.id, direction='ingress', ether_type='IPv4',
                protocol=protocol, port_range_min=port, port_range_max=port)
        made('security group login')
    return group


def keypair(demo, settings):
    if demo.compute.find_keypair('demo') is None:
        with open(settings['public_key']) as key:
            demo.compute.create_keypair(name='demo', public_key=key.read().strip())
        made('keypair demo')


def demo_server(demo, settings, network, group, public):
    server = demo.compute.find_server('demo')
    if server is not None and server.status == 'ERROR':
        demo.compute.delete_server(server)
        demo.compute.wait_for_delete(server, wait=120)
        made('server demo, which was in error, deleted')
        server = None
    is_new = server is None
    if is_new:
        server = demo.compute.create_server(
            name='demo', image_id=demo.image.find_image('apus-guest', ignore_missing=False).id,
            flavor_id=demo.compute.find_flavor('m1.nano', ignore_missing=False).id,
            networks=[{'uuid': network.id}], key_name='demo',
            security_groups=[{'name': group.name}])
    # Also one that an interrupted run has begun.
    if is_new or server.status == 'BUILD':
        try:
            server = demo.compute.wait_for_server(server, wait=300)
        except openstack.exceptions.ResourceFailure:
            fault = demo.compute.get_server(server.id).fault or {}
            sys.exit('the demo server is in error: %s; `apus explain demo` says more' % fault.get('message'))
    if is_new:
        made('server demo')
    port = next(demo.network.ports(device_id=server.id), None)
    if port is None:
        return
    address = next(demo.network.ips(port_id=port.id), None)
    if address is None:
        address = demo.network.create_ip(floating_network_id=public.id, port_id=port.id)
        made('floating address %s' % address.floating_ip_address)
    with open(settings['address_file'], 'w') as out:
        out.write(address.floating_ip_address + '\n')


def stopped_guests(admin, settings):
    """Starts the servers that ran when unstack.sh took their guests away; their disks are still there."""
    path = settings['stopped_guests']
    if not os.path.exists(path):
        return
    with open(path) as text:
        stopped = set(text.read().split())
    servers = [server for server in admin.compute.servers(all_projects=True)
               if server.id in stopped and server.status == 'SHUTOFF']
    for server in servers:
        admin.compute.start_server(server)
    for server in servers:
        admin.compute.wait_for_server(server, wait=300)
        made('server %s, started again' % server.name)
    os.remove(path)


def main():
    with open(sys.argv[1]) as text:
        settings = json.load(text)
    os.environ['OS_CLIENT_CONFIG_FILE'] = settings['clouds']
    ipaddress.ip_network(settings['fixed_range'])
    ipaddress.ip_network(settings['floating_range'])
    admin = openstack.connect(cloud='devstack-admin')
    demo_project(admin, settings)
    flavors(admin)
    images(admin, settings)
    public = public_network(admin, settings)
    demo = openstack.connect(cloud='devstack')
    network = private_network(demo, settings, public)
    group = login_rules(demo)
    keypair(demo, settings)
    stopped_guests(admin, settings)
    if settings['demo_server']:
        demo_server(demo, settings, network, group, public)


if __name__ == '__main__':
    main()
