#!/usr/bin/env python3
"""Whether two identities that share Fernet keys, users and projects believe each other's tokens.

    tokens.py KEYSTONE-URL OUR-URL PASSWORD       one line for each token; the last has the counts
"""
import json
import sys

from compare.requests import Request
from compare.side import Side

SCOPES = {
    'unscoped': 'unscoped',
    'project': {'project': {'name': 'admin', 'domain': {'id': 'default'}}},
    'system': {'system': {'all': True}},
}
# What the token itself says, and not the database.
SAID = ('audit_ids', 'expires_at', 'issued_at', 'methods', 'project', 'system', 'user')


def main():
    stock, ours = Side('Keystone', {'identity': sys.argv[1]}), Side('Apus', {'identity': sys.argv[2]})
    failed = []
    for side in (stock, ours):
        issue(side, 'admin', SCOPES['project'], sys.argv[3])
    count = 0
    for maker, judge in ((stock, ours), (ours, stock)):
        for name, scope in SCOPES.items():
            count += 1
            fault = crossed(maker, judge, scope, sys.argv[3])
            print(f'  {"FAIL" if fault else "ok  "}  {maker.name}\'s {name} token at {judge.name} {fault or ""}')
            failed += [fault] if fault else []
    print(f'tokens: {count - len(failed)} passed, {len(failed)} failed')
    sys.exit(1 if failed else 0)


def issue(side, name, scope, password):
    user = {'name': 'admin', 'domain': {'id': 'default'}, 'password': password}
    body = {'auth': {'identity': {'methods': ['password'], 'password': {'user': user}}, 'scope': scope}}
    return side.send('identity', Request(
        'tokens', 'none', 'POST', '/v3/auth/tokens', body=json.dumps(body), keep={name: '@X-Subject-Token'}))


def crossed(maker, judge, scope, password):
    """What is wrong with a token of one side at the other; nothing, as it should be."""
    made = issue(maker, 'token', scope, password)
    if made.status != 201:
        return f'not issued: {made.status} {made.body}'
    token = maker.known['token']
    seen = judge.send('identity', Request(
        'tokens', 'admin', 'GET', '/v3/auth/tokens', headers={'X-Subject-Token': token}))
    if seen.status != 200:
        return f'not validated: {seen.status} {seen.body}'
    for key in SAID:
        if made.body['token'].get(key) != seen.body['token'].get(key):
            return f'{key}: {made.body["token"].get(key)} became {seen.body["token"].get(key)}'
    judge.known['foreign'] = token
    used = judge.send('identity', Request('tokens', 'foreign', 'GET', '/v3/auth/projects'))
    if used.status != 200:
        return f'not accepted: {used.status} {used.body}'
    judge.known['broken'] = token[:-9] + ('A' if token[-9] != 'A' else 'B') + token[-8:]
    refused = judge.send('identity', Request('tokens', 'broken', 'GET', '/v3/auth/projects'))
    return None if refused.status == 401 else f'changed, and still accepted: {refused.status}'


if __name__ == '__main__':
    main()
