"""Where two masked answers differ."""
import json
from dataclasses import dataclass

ABSENT = '(absent)'
# Lists that have no order of their own, in an ordered answer too.
SETS = ('tags',)


@dataclass
class Difference:
    where: str
    stock: object
    ours: object


def differences(stock, ours, ordered=False, where=''):
    """Each difference at its innermost place: body.project.name."""
    if isinstance(stock, dict) and isinstance(ours, dict):
        for key in sorted(stock.keys() | ours.keys()):
            place = f'{where}.{key}' if where else key
            yield from differences(stock.get(key, ABSENT), ours.get(key, ABSENT), ordered, place)
    elif isinstance(stock, list) and isinstance(ours, list):
        yield from in_lists(stock, ours, ordered and where.split('.')[-1] not in SETS, where)
    elif stock != ours or isinstance(stock, bool) != isinstance(ours, bool):
        yield Difference(where, stock, ours)


def in_lists(stock, ours, ordered, where):
    if ordered:
        pairs = [(a, b) for a, b in zip(stock, ours)]
        missing, extra = stock[len(pairs):], ours[len(pairs):]
    else:
        pairs, missing, extra = paired(stock, ours)
    for one, other in pairs:
        yield from differences(one, other, ordered, f'{where}[]')
    for one in missing:
        yield Difference(f'{where}[]', one, ABSENT)
    for other in extra:
        yield Difference(f'{where}[]', ABSENT, other)


def paired(stock, ours):
    """Pairs equal elements, then those of the same name or id; what is left over stands alone."""
    pairs, missing = [], []
    left = {id(item): item for item in ours}
    for same in (lambda a, b: canonical(a) == canonical(b), lambda a, b: label(a) is not None and label(a) == label(b)):
        missing = []
        for one in stock:
            other = next((key for key, item in left.items() if same(one, item)), None)
            if other is None:
                missing.append(one)
            else:
                pairs.append((one, left.pop(other)))
        stock = missing
    return pairs, missing, list(left.values())


def canonical(value):
    """The value as a text that does not depend on the order of members and elements."""
    if isinstance(value, dict):
        return '{' + ', '.join(f'{json.dumps(key)}: {canonical(value[key])}' for key in sorted(value)) + '}'
    if isinstance(value, list):
        return '[' + ', '.join(sorted(canonical(item) for item in value)) + ']'
    return json.dumps(value)


def label(value):
    """What tells an element of a list from the others."""
    if not isinstance(value, dict):
        return None
    if value.get('id') not in (None, '<id>', '<uuid>'):
        return value['id']
    for keys in (('name', 'domain_id', 'domain'), ('interface', 'region'), ('id',)):
        if isinstance(value.get(keys[0]), str):
            return tuple(canonical(value.get(key)) for key in keys)
    return canonical({key: part for key, part in value.items() if key != 'links'})


def shown(value):
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
