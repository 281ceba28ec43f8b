#!/usr/bin/env python3
"""The fault proxy passes what it does not spoil, and spoils what it says it does."""
import http.client
import pathlib
import random
import socket
import sys
import threading
import time
import types
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent)]
import fault_plan  # noqa: E402
from echo_server import BIG, EchoServer  # noqa: E402
from http_wire import Head  # noqa: E402
from support import s3_server  # noqa: E402

STALL = 0.4
# kind: how often one request that meets it asks the server; `reset` does either
ASKED = {"drop-before": 0, "drop-after": 1, "500": 0, "503": 0, "503-retry-after": 0, "429": 0, "429-retry-after": 0,
         "500-after": 1, "truncate": 1, "stall": 1, "wrong-length": 1, "flip-answer": 1, "flip-request": 1}


class Bench(unittest.TestCase):
    def setUp(self):
        self.server = EchoServer()
        self.addCleanup(self.server.stop)

    def proxy(self, *arguments):
        upstream = types.SimpleNamespace(address=self.server.address, environment={})
        return self.enterContext(s3_server.FaultProxy(upstream, *map(str, arguments)))

    def connect(self, proxy):
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
        self.addCleanup(connection.close)
        return connection

    def ask(self, connection, method, path, body=None, **headers):
        connection.request(method, path, body, headers, encode_chunked=not isinstance(body, (bytes, type(None))))
        answer = connection.getresponse()
        return answer, answer.read()


class Passes(Bench):
    def test_answers_and_bodies_of_every_form_on_one_connection(self):
        proxy = self.proxy("--rate", 0)
        connection = self.connect(proxy)
        for path in ("/length?a=b%20c&d", "/chunked"):
            for body in (None, b"", b"x", BIG):
                for method in ("PUT", "POST", "GET", "DELETE"):
                    answer, got = self.ask(connection, method, path, body)
                    self.assertEqual((answer.status, got), (200, body or (BIG if method == "GET" else b"")), (method, path))
                    self.assertEqual(answer.getheader("X-Odd"), "a  b\xe9")
            answer, got = self.ask(connection, "HEAD", "/length")
            self.assertEqual((answer.getheader("Content-Length"), got), (str(len(BIG)), b""))
            self.assertEqual(self.ask(connection, "GET", "/nothing")[0].status, 204)
        parts = [b"a" * 70_000, b"b", b"c" * 200_000]
        chunked = {"Transfer-Encoding": "chunked"}
        self.assertEqual(self.ask(connection, "PUT", "/length", iter(parts), **chunked)[1], b"".join(parts))
        self.assertEqual(len({address for *_, address in self.server.seen}), 1)  # kept alive on both sides
        seen = self.server.seen[0]
        self.assertEqual((seen[1], seen[2]["Host"]), ("/length?a=b%20c&d", f"127.0.0.1:{proxy.port}"))
        self.assertEqual([(e["method"], e["path"]) for e in proxy.entries()], [(s[0], s[1]) for s in self.server.seen])
        self.assertEqual({(e["status"] == e["upstream"], e["fault"]) for e in proxy.entries()}, {(True, None)})
        self.assertEqual(self.ask(connection, "GET", "/to-end")[1], BIG)

    def expect(self, proxy, path, body):
        """Sends a head that asks first; (first status, whole answer)."""
        raw = socket.create_connection(("127.0.0.1", proxy.port), 20)
        self.addCleanup(raw.close)
        raw.sendall(f"PUT {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode())
        stream = raw.makefile("rb")
        first = int(stream.readline().split()[1])
        if first == 100:
            stream.readline()
            raw.sendall(body)
            answer = http.client.HTTPResponse(types.SimpleNamespace(makefile=lambda _: stream))
            answer.begin()
            return first, answer.read()
        return first, stream.read()  # to the connection's end: it must come

    def test_a_body_that_waits_to_be_asked_for(self):
        proxy = self.proxy("--rate", 0)
        self.assertEqual(self.expect(proxy, "/length", BIG), (100, BIG))
        first, rest = self.expect(proxy, "/refuse", BIG)
        self.assertEqual(first, 412)
        self.assertIn(b"Connection: close", rest)
        self.assertEqual(len(self.server.seen), 1)

    def test_an_answer_that_comes_before_the_body_is_sent_reaches_the_client(self):
        proxy = self.proxy("--rate", 0)
        raw = socket.create_connection(("127.0.0.1", proxy.port), 20)
        self.addCleanup(raw.close)
        raw.sendall(b"PUT /early HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n" + bytes(1000))
        self.assertTrue(raw.recv(1000, socket.MSG_PEEK).startswith(b"HTTP/1.1 403"))
        for _ in range(5):
            raw.sendall(bytes(100_000))  # a reset would be noticed here
            time.sleep(0.02)
        self.assertTrue(raw.recv(1000).startswith(b"HTTP/1.1 403"))

    def test_many_connections_at_once(self):
        proxy = self.proxy("--rate", 0)
        failed = []

        def work(number):
            connection, chance = self.connect(proxy), random.Random(number)
            for turn in range(40):
                body = chance.randbytes(chance.randrange(1, 100_000))
                answer, got = self.ask(connection, "PUT", f"/{chance.choice(('length', 'chunked'))}/{number}/{turn}", body)
                if (answer.status, got) != (200, body):
                    failed.append((number, turn))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertEqual(len(proxy.entries()), 640)

    def test_a_server_that_is_gone_is_no_answer(self):
        proxy = self.proxy("--rate", 0)
        self.server.stop()
        with self.assertRaises(ConnectionError):
            self.ask(self.connect(proxy), "GET", "/length")
        self.assertIn("no answer", proxy.entries()[0]["detail"])


class Spoils(Bench):
    def meet(self, kind, method="GET", body=None, path="/length"):
        """One request that meets a kind: (what the client got or the exception, seconds, its log entry)."""
        self.server.seen.clear()
        proxy = self.proxy("--rate", 1, "--kinds", kind, "--stall", STALL, "--retry-after", 7)
        started = time.monotonic()
        try:
            got = self.ask(self.connect(proxy), method, path, body)
        except (OSError, http.client.HTTPException) as problem:
            got = problem
        took = time.monotonic() - started
        entry, = proxy.entries()
        self.assertEqual(entry["fault"], kind)
        if kind in ASKED:
            self.assertEqual(len(self.server.seen), ASKED[kind])
        self.assertEqual(entry["upstream"], 200 if self.server.seen else None)
        return got, took, entry

    def differing_bits(self, one, other):
        self.assertEqual(len(one), len(other))
        return sum((a ^ b).bit_count() for a, b in zip(one, other))

    def test_drops(self):
        for kind in ("drop-before", "drop-after"):
            got, _, entry = self.meet(kind, "PUT", BIG)
            self.assertIsInstance(got, http.client.RemoteDisconnected, kind)
            self.assertIsNone(entry["status"])

    def test_resets_before_and_after_the_server_acted(self):
        asked = set()
        for seed in range(12):
            proxy = self.proxy("--rate", 1, "--kinds", "reset", "--seed", seed)
            self.server.seen.clear()
            with self.assertRaises(ConnectionResetError) as caught:
                self.ask(self.connect(proxy), "PUT", "/length", b"x")
            self.assertNotIsInstance(caught.exception, http.client.RemoteDisconnected)
            asked.add(len(self.server.seen))
            self.assertEqual(proxy.entries()[0]["upstream"], 200 if self.server.seen else None)
        self.assertEqual(asked, {0, 1})

    def test_statuses(self):
        for kind in ("500", "503", "503-retry-after", "429", "429-retry-after", "500-after"):
            (answer, body), _, entry = self.meet(kind, "PUT", BIG)
            self.assertEqual((answer.status, entry["status"]), (int(kind[:3]),) * 2)
            self.assertEqual(answer.getheader("Retry-After"), "7" if kind.endswith("retry-after") else None)
            self.assertIn(b"<Code>", body)
        (answer, body), _, _ = self.meet("503", "HEAD")
        self.assertEqual((answer.status, body), (503, b""))

    def test_a_connection_goes_on_after_a_status(self):
        proxy = self.proxy("--rate", 1, "--kinds", "503", "--times", 1)
        connection = self.connect(proxy)
        answers = [self.ask(connection, "PUT", "/length", BIG)[0].status for _ in range(3)]
        self.assertEqual(answers, [503, 200, 200])
        self.assertEqual(proxy.entries()[1]["fault"], None)

    def test_bodies_that_end_early(self):
        for path in ("/length", "/chunked"):
            got, _, _ = self.meet("truncate", path=path)
            self.assertIsInstance(got, http.client.IncompleteRead, path)
        self.assertLess(len(got.partial), len(BIG))

    def test_stalls(self):
        for method, body, expected in (("GET", None, BIG), ("PUT", b"x", b"x"), ("DELETE", None, b"")):
            (_, got), took, _ = self.meet("stall", method, body)
            self.assertEqual(got, expected)
            self.assertGreater(took, STALL)

    def test_lengths_that_are_wrong(self):
        wrong = set()
        for seed in range(12):
            proxy = self.proxy("--rate", 1, "--kinds", "wrong-length", "--seed", seed)
            try:
                answer, got = self.ask(self.connect(proxy), "GET", "/length")
                self.assertEqual(got, BIG[:len(got)])
                wrong.add(len(got) < len(BIG) and int(answer.getheader("Content-Length")) == len(got))
            except http.client.IncompleteRead as problem:
                wrong.add(problem.partial == BIG)
        self.assertEqual(wrong, {True})
        self.assertNotEqual(proxy.entries()[0]["detail"]["said"], len(BIG))

    def test_bits_of_answers(self):
        for path in ("/length", "/chunked"):
            (answer, got), _, _ = self.meet("flip-answer", path=path)
            self.assertEqual(self.differing_bits(got, BIG), 1)
            self.assertEqual(answer.getheader("X-Odd"), "a  b\xe9")

    def test_bits_of_requests(self):
        got, _, entry = self.meet("flip-request", "PUT", BIG)
        self.assertEqual(self.differing_bits(self.server.seen[0][3], BIG), 1)
        self.assertNotEqual(self.server.seen[0][3][entry["detail"]["offset"]], BIG[entry["detail"]["offset"]])
        self.assertEqual(got[1], self.server.seen[0][3])

    def test_an_answer_that_cannot_meet_its_fault_is_spared(self):
        proxy = self.proxy("--rate", 1, "--kinds", "truncate,wrong-length,flip-answer")
        connection = self.connect(proxy)
        self.assertEqual(self.ask(connection, "GET", "/nothing")[0].status, 204)
        self.assertEqual(self.ask(connection, "HEAD", "/length")[0].status, 200)
        self.assertEqual([e["fault"] for e in proxy.entries()], [None, None])

    def test_only_what_is_asked_for(self):
        proxy = self.proxy("--rate", 1, "--kinds", "500", "--only", "^PUT .*/latest")
        connection = self.connect(proxy)
        statuses = [self.ask(connection, method, path, b"x")[0].status
                    for method, path in (("PUT", "/a"), ("PUT", "/a/latest"), ("POST", "/a/latest"))]
        self.assertEqual(statuses, [200, 500, 200])


class Plans(unittest.TestCase):
    def faults(self, paths, seed=3, rate=0.3, kinds="500"):
        plan = fault_plan.Plan(rate, seed, fault_plan.parse_kinds(kinds))
        return [(path, plan.fault(Head(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()), False)[0]) for path in paths]

    def test_a_seed_repeats_the_plan_in_whatever_order_requests_come(self):
        paths = [f"/b/{i % 100}" for i in range(300)]
        mixed = list(paths)
        random.Random(5).shuffle(mixed)
        first, again = self.faults(paths), self.faults(mixed)
        self.assertEqual(sorted(first, key=str), sorted(again, key=str))
        self.assertNotEqual(first, self.faults(paths, seed=4))
        self.assertTrue(60 < sum(kind is not None for _, kind in first) < 120)

    def test_an_upload_id_does_not_decide(self):
        one = [kind for _, kind in self.faults([f"/b/k?partNumber={i}&uploadId=abc{i}" for i in range(50)])]
        other = [kind for _, kind in self.faults([f"/b/k?partNumber={i}&uploadId=xyz" for i in range(50)])]
        self.assertEqual(one, other)

    def test_few_faults_show_every_kind(self):
        kinds = {kind for _, kind in self.faults([f"/{i}" for i in range(13)], rate=1, kinds="all")}
        self.assertEqual(kinds, set(fault_plan.KINDS) - {"flip-request"})

    def test_names_of_kinds(self):
        self.assertEqual(fault_plan.parse_kinds("all"), list(fault_plan.KINDS))
        self.assertEqual(fault_plan.parse_kinds("500,reset"), ["500", "reset"])
        self.assertNotIn("stall", fault_plan.parse_kinds("all,-stall"))
        with self.assertRaisesRegex(ValueError, "flop"):
            fault_plan.parse_kinds("flop")


if __name__ == "__main__":
    unittest.main(verbosity=2)
