"""A server without S3 that shows what reached it, for tests of what stands before a server."""
import http.server
import random
import threading

BIG = random.Random(1).randbytes(300_000)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the request's body, or with BIG where it has none, in the way that the path asks for."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one write for an answer's head and body

    def log_message(self, *_):
        pass

    def handle_expect_100(self):
        go_on = not self.path.startswith("/refuse")
        if go_on:
            super().handle_expect_100()
        else:
            self.send_response(412)
            self.send_header("Content-Length", "0")
            self.end_headers()
        self.wfile.flush()
        return go_on

    def handle_one(self):
        body = self.read_body() if not self.path.startswith("/early") else b""
        self.server.seen.append((self.command, self.path, dict(self.headers), body, self.client_address))
        content = body or (BIG if self.command in ("GET", "HEAD") else b"")
        early = self.path.startswith("/early")
        self.send_response(403 if early else 204 if self.path.startswith("/nothing") else 200)
        self.send_header("X-Odd", "a  b\xe9")
        if early:
            self.send_header("Connection", "close")
        if self.path.startswith("/chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(content), 70_001):
                part = content[at:at + 70_001]
                self.wfile.write(b"%x;note=1\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\nX-Trailer: t\r\n\r\n")
        elif self.path.startswith("/to-end"):
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True
        elif not self.path.startswith("/nothing"):
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
        else:
            self.end_headers()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_one

    def read_body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while length := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(length)
            self.rfile.readline()
        while self.rfile.readline() != b"\r\n":
            pass
        return body


class EchoServer(http.server.ThreadingHTTPServer):
    """Serves from the start on; `seen` lists (method, path, headers, body, client's address)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.address = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, *_):
        """Faults end connections."""

    def stop(self):
        self.shutdown()
        self.server_close()
