"""What tests of the Clowder test server share: a server, and requests to it."""
import http.client
import json
import unittest
from urllib.parse import urlsplit

from clowder_server import ClowderServer

NOBODY = "0" * 24


def multipart(*parts, boundary="x1y2"):
    """(body, its Content-Type); a part is (field, file name or None, bytes), the name as it is to stand in the quotes."""
    body = b""
    for field, name, content in parts:
        named = f'; filename="{name}"' if name is not None else ""
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{named}\r\n\r\n'.encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Bench(unittest.TestCase):
    api, root, options = "v1", "/api/", {}

    def setUp(self):
        self.server = self.enterContext(ClowderServer(self.api, **self.options))
        self.platform = self.server.platform

    def ask(self, method, target, body=None, key=..., address=None, **fields):
        """(status, JSON or bytes, fields) of one request with the right key, another one, or None."""
        key = self.server.key if key is ... else key
        headers = {"X-API-Key": key} if key else {}
        if isinstance(body, (dict, list)):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection = http.client.HTTPConnection(address or urlsplit(self.server.url).netloc, timeout=10)
        try:
            connection.request(method, target, body, {**headers, **{name.replace("_", "-"): v for name, v in fields.items()}})
            answer = connection.getresponse()
            content = answer.read()
            is_json = answer.headers["Content-Type"] == "application/json" and content
            return answer.status, json.loads(content) if is_json else content, answer.headers
        finally:
            connection.close()

    def get(self, path, **options):
        return self.ask("GET", self.root + path, **options)[:2]

    def post(self, path, body=b"", **options):
        return self.ask("POST", self.root + path, body, **options)[:2]

    def send(self, path, *parts, **options):
        """An upload."""
        body, kind = multipart(*parts)
        return self.ask("POST", self.root + path, body, Content_Type=kind, **options)[:2]

    def dataset(self, name="demo", **fields):
        return self.platform.add_dataset(name, **fields)["id"]
