#!/usr/bin/env python3
"""Histories in a bucket, served by versitygw: every vector, and two writers. s3_history_test.py WAYBILL"""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import history_test  # noqa: E402
from support import s3_server  # noqa: E402

WRITES = 500  # of each writer


def environment_of(server):
    return {**server.environment, "WAYBILL_REGISTRY": f"s3://{server.environment['WAYBILL_TEST_BUCKET']}"}


class InABucket(history_test.Vectors):
    def run_vector(self, vector):
        with s3_server.S3Server("versitygw", keep_alive=True) as server:
            self.environment = environment_of(server)
            return super().run_vector(vector)


class Writers(unittest.TestCase):
    def test_two_writers_lose_nothing(self):
        with s3_server.S3Server("versitygw", keep_alive=True) as server, tempfile.TemporaryDirectory() as home:
            registry = history_test.Registry(home, environment_of(server))
            registry.create("data", {"manifest": {"a": {"content": "A"}}})
            history_test.check_two_writers(self, registry, "v/data", WRITES)


if __name__ == "__main__":
    history_test.main()
