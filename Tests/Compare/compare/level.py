"""Makes two freshly bootstrapped clouds alike, so that lists of what they hold can be compared.

Our bootstrap is a later release's: it makes the roles manager and service, which the stock cloud gets too, and
it makes the other services with their users, which go.
"""
import json

from .requests import Request


class Failed(Exception):
    pass


def level(stock, ours):
    for side in (stock, ours):
        log_in(side)
    address(ours, ours.urls)
    add_roles(stock, ours)
    for kind in ('services', 'users', 'projects', 'domains'):
        wanted = {label(item): item for item in listed(stock, kind)}
        for item in listed(ours, kind):
            if label(item) not in wanted:
                call(ours, 'DELETE', f'/v3/{kind}/{item["id"]}')
            else:
                describe(ours, kind, item, wanted[label(item)])
    for service in listed(stock, 'services'):
        # A service of Keystone's own bootstrap has no description at all, which no request can make.
        described = next(item for item in listed(ours, 'services') if item['type'] == service['type'])
        body = {'service': {'description': described['description']}}
        call(stock, 'PATCH', f'/v3/services/{service["id"]}', body)
    revoke_domain_role(ours)


def address(side, urls):
    """Tells the catalogue where identity and image really are."""
    paths = {'identity': '/v3', 'image': ''}
    for service in listed(side, 'services'):
        if service['type'] in urls:
            for endpoint in call(side, 'GET', f'/v3/endpoints?service_id={service["id"]}')['endpoints']:
                body = {'endpoint': {'url': urls[service['type']] + paths[service['type']]}}
                call(side, 'PATCH', f'/v3/endpoints/{endpoint["id"]}', body)


def revoke_domain_role(side):
    """Our bootstrap's administrator is one of the default domain too, Keystone's is not."""
    user = side.known['level_user']
    for role in call(side, 'GET', f'/v3/domains/default/users/{user}/roles')['roles']:
        call(side, 'DELETE', f'/v3/domains/default/users/{user}/roles/{role["id"]}')


def log_in(side):
    user = {'name': 'admin', 'domain': {'id': 'default'}, 'password': side.known['password']}
    scope = {'project': {'name': 'admin', 'domain': {'id': 'default'}}}
    body = {'auth': {'identity': {'methods': ['password'], 'password': {'user': user}}, 'scope': scope}}
    answer = side.send('identity', Request(
        'level', 'none', 'POST', '/v3/auth/tokens', body=json.dumps(body),
        keep={'admin': '@X-Subject-Token', 'level_user': 'token.user.id'}))
    if answer.status != 201:
        raise Failed(f'{side.name}: login: {answer.status} {answer.body}')


def add_roles(stock, ours):
    """The roles that ours has and stock lacks, and what implies them and what they imply."""
    there = {role['name']: role['id'] for role in listed(stock, 'roles')}
    names = {role['id']: role['name'] for role in listed(ours, 'roles')}
    for name in sorted(names.values()):
        if name not in there:
            body = {'role': {'name': name, 'options': {'immutable': True}}}
            there[name] = call(stock, 'POST', '/v3/roles', body)['role']['id']
    wanted, present = implications(ours), implications(stock)
    for prior, implied in wanted - present:
        call(stock, 'PUT', f'/v3/roles/{there[prior]}/implies/{there[implied]}')
    for prior, implied in present - wanted:
        call(stock, 'DELETE', f'/v3/roles/{there[prior]}/implies/{there[implied]}')


def implications(side):
    return {(one['prior_role']['name'], implied['name'])
            for one in call(side, 'GET', '/v3/role_inferences')['role_inferences'] for implied in one['implies']}


def describe(side, kind, item, wanted):
    """Gives an item the words that the other side's bootstrap chose."""
    body = {key: wanted[key] for key in ('name', 'description') if key in wanted and wanted[key] != item.get(key)}
    if kind == 'users':
        body['options'] = {name: None for name in item['options']}
    if body:
        call(side, 'PATCH', f'/v3/{kind}/{item["id"]}', {kind[:-1]: body})


def label(item):
    return item.get('type') or item['name']


def listed(side, kind):
    return call(side, 'GET', f'/v3/{kind}')[kind]


def call(side, method, path, body=None):
    answer = side.send('identity', Request(
        'level', 'admin', method, path, body=json.dumps(body) if body else None))
    if answer.status >= 300:
        raise Failed(f'{side.name}: {method} {path}: {answer.status} {answer.body}')
    return answer.body
