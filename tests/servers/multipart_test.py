#!/usr/bin/env python3
"""multipart.py reads what clients send, byte for byte, and refuses what is no multipart/form-data."""
import hashlib
import io
import os
import pathlib
import random
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import multipart  # noqa: E402

HEAD = b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


class Reading(unittest.TestCase):
    def setUp(self):
        self.place = self.enterContext(tempfile.TemporaryDirectory())

    def read(self, body, kind="multipart/form-data; boundary=b", **options):
        return multipart.Reader(io.BytesIO(body), kind, self.place, **options).parts()

    def refuse(self, body, kind="multipart/form-data; boundary=b"):
        with self.assertRaises(multipart.Broken, msg=body[:200]):
            self.read(body, kind)
        self.assertEqual(os.listdir(self.place), [])

    def test_files_and_texts(self):
        body = (b'--b\r\nContent-Disposition: form-data; name="t"\r\n\r\ntext\r\n--b\r\nContent-Type: a/b\r\n' + HEAD +
                b"12\r\n\r\n--b\r\n" + HEAD.replace(b'"a"', '"ä; \\"q\\" %22.txt"'.encode()) + b"\r\n--b--\r\n")
        text, full, empty = self.read(body)
        self.assertEqual((text.name, text.filename, text.content, text.size), ("t", None, b"text", 4))
        self.assertEqual((full.name, full.filename, full.kind, full.size), ("file", "a", "a/b", 4))
        self.assertEqual(pathlib.Path(full.path).read_bytes(), b"12\r\n")
        self.assertEqual(full.md5, hashlib.md5(b"12\r\n").hexdigest())
        self.assertEqual((empty.filename, empty.size, pathlib.Path(empty.path).read_bytes()), ('ä; \\"q\\" %22.txt', 0, b""))

    def test_a_boundary_is_found_wherever_blocks_end(self):
        was, multipart.BLOCK = multipart.BLOCK, 1
        self.addCleanup(setattr, multipart, "BLOCK", was)
        chance = random.Random(1)
        for size in (1, 2, 3, 7, 64):
            multipart.BLOCK = size
            contents = [bytes(chance.choice(b"\r\n-b") for _ in range(chance.randrange(60))).replace(b"\r\n--b", b"") for _ in range(20)]
            body = b"".join(b"--b\r\n" + HEAD + content + b"\r\n" for content in contents) + b"--b--"
            self.assertEqual([pathlib.Path(part.path).read_bytes() for part in self.read(body)], contents)

    def test_what_is_refused(self):
        good = b"--b\r\n" + HEAD + b"12\r\n--b--\r\n"
        self.assertEqual(len(self.read(good)), 1)
        for name in os.listdir(self.place):
            os.unlink(os.path.join(self.place, name))
        for cut in range(len(good) - 2):
            self.refuse(good[:cut])
        for kind in ("multipart/form-data", "multipart/mixed; boundary=b", *(f"multipart/form-data; boundary={b}" for b in ("", "c"))):
            self.refuse(good, kind)
        for old, new in ((b"form-data", b"attachment"), (b'name="file"; ', b""), (b'"a"', b"a"), (b'"a"', b'"a\\"'), (b'"a"', b'"\xff"'),
                         (b'"a"', b'"a"; name="x"'), (b"\r\n--b--", b"\r\n--bx"), (b"--b\r\n", b"x--b\r\n"), (b"--b--\r\n", b"--b--\r\nx"),
                         (b"Content-Disposition:", b"Content Disposition:"),
                         (b"\r\n\r\n12", b"\r\nContent-Disposition: form-data\r\n\r\n12")):
            self.refuse(good.replace(old, new, 1))

    def test_values_are_unescaped_as_asked(self):
        part, = self.read(b"--b\r\n" + HEAD.replace(b'"a"', b'"a\\"b"') + b"\r\n--b--", unescape=lambda value: value.replace('\\"', '"'))
        self.assertEqual(part.filename, 'a"b')


if __name__ == "__main__":
    unittest.main(verbosity=2)
