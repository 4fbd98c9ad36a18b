"""One of the two clouds that are compared: sends requests, remembers parts of answers."""
import html
import http.client
import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from .requests import filled


@dataclass
class Answer:
    status: int
    headers: dict
    body: object


class Side:
    def __init__(self, name, urls):
        self.name = name
        self.urls = urls
        self.known = {}
        # What the last answer lacked of what was to be remembered of it.
        self.missing = []

    def send(self, service, request):
        """Sends a request and returns the answer; a connection that breaks is an answer of status 0."""
        url = urlsplit(self.urls[service])
        # As curl and OpenStack's own clients say it; Glance's faults are in HTML then.
        headers = {'Accept': '*/*'}
        headers |= {key: filled(value, self.known) for key, value in request.headers.items()}
        if request.token != 'none':
            headers['X-Auth-Token'] = self.known.get(request.token, 'unknown-' + request.token)
        body = self.body(request)
        if body is not None:
            headers.setdefault('Content-Type', 'application/json')
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        try:
            connection.request(request.method, filled(request.path, self.known), body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, dict(self.headers(response)), decoded(response.read()))
        except (OSError, http.client.HTTPException) as error:
            answer = Answer(0, {}, repr(error))
        finally:
            connection.close()
        self.remember(request, answer)
        return answer

    def body(self, request):
        text = request.body
        if text is None:
            return None
        if text.startswith('bytes:'):
            return b'0123456789abcdef' * (int(text[6:]) // 16)
        if text.startswith('text:'):
            text = text[5:]
        return filled(text, self.known).encode()

    @staticmethod
    def headers(response):
        for name, value in response.getheaders():
            yield name.lower(), value

    def remember(self, request, answer):
        self.missing = []
        for name, path in request.keep.items():
            value = found(answer, path)
            if value is None:
                self.missing.append(f'{name}={path}')
            else:
                self.known[name] = value if isinstance(value, str) else json.dumps(value)


def decoded(data):
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return page(data.decode(errors='replace'))


def page(text):
    """A fault that is a page, by its parts: its words are told apart from what it says in all."""
    match = re.fullmatch(r'\s*<html>.*<h1>(.*?)</h1>(.*)</body>\s*</html>\s*', text, re.DOTALL)
    if not match:
        return text
    return {'fault': match[1], 'words': ' '.join(html.unescape(match[2]).replace('<br />', ' ').split())}


def found(answer, path):
    if path.startswith('@'):
        return answer.headers.get(path[1:].lower())
    value = answer.body
    for step in path.split('.'):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
