"""Replaces what two clouds cannot agree on: ids, times, addresses, tokens, secrets."""
import datetime
import re

HEADERS = (
    'allow', 'accept-ranges', 'content-disposition', 'content-md5', 'content-range', 'content-type', 'link',
    'location', 'openstack-auth-receipt', 'openstack-image-import-methods', 'openstack-image-store-ids',
    'retry-after', 'vary', 'www-authenticate', 'x-auth-token', 'x-openstack-request-id', 'x-subject-token',
)
SECRET_KEYS = {'audit_id', 'audit_chain_id', 'audit_ids', 'secret'}
DAYS = [(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime('%Y-%m-%d')
        for days in (-1, 0, 1, 2)]
RULES = [(re.compile(pattern), text) for pattern, text in (
    (r'\breq-[0-9a-f]{8}-[0-9a-f-]{27}', '<request id>'),
    (r'(?:' + '|'.join(DAYS) + r')[T ]\d\d:\d\d:\d\d\.000000', '<time.whole>'),
    (r'(?:' + '|'.join(DAYS) + r')[T ]\d\d:\d\d:\d\d\.\d{6}', '<time.6>'),
    (r'(?:' + '|'.join(DAYS) + r')[T ]\d\d:\d\d:\d\d\.\d{3}', '<time.3>'),
    (r'(?:' + '|'.join(DAYS) + r')[T ]\d\d:\d\d:\d\d', '<time>'),
    (r'\bgAAAA[\w=-]{60,}', '<token>'),
    (r'\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b', '<uuid>'),
    (r'\b[0-9a-f]{64}\b', '<id64>'),
    (r'\b[0-9a-f]{32}\b', '<id>'),
)]


class Mask:
    """What hides one side's own values; what was remembered appears by its name."""

    def __init__(self, side):
        self.side = side

    def answer(self, answer):
        headers = {name: self.text(answer.headers[name]) for name in HEADERS if name in answer.headers}
        return {'status': answer.status, 'header': headers, 'body': self.value(answer.body)}

    def value(self, value, key=None):
        if isinstance(value, dict):
            return {self.text(name): self.value(part, name) for name, part in value.items()}
        if key in SECRET_KEYS and value:
            return f'<{key}: {len(value) if isinstance(value, list) else type(value).__name__}>'
        if isinstance(value, list):
            return [self.value(part, key) for part in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, text):
        for service, url in self.side.urls.items():
            text = text.replace(url, f'<{service}>')
        for name, value in sorted(self.side.known.items(), key=lambda item: -len(item[1])):
            if len(value) >= 8:
                text = text.replace(value, f'<{name}>')
        for pattern, replacement in RULES:
            text = pattern.sub(replacement, text)
        return text
