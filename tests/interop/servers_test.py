#!/usr/bin/env python3
"""The S3 servers that tests run against are as strict as the service, also through the fault proxy: boto3 is the judge."""
import base64
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import random
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "servers")]
import fault_plan  # noqa: E402
from support import keeper, peers, s3_server  # noqa: E402

peers.go_on_in("boto3")
for program in ("versitygw", "minio"):
    peers.peer_program(program)

import boto3  # noqa: E402
import botocore.config  # noqa: E402
from botocore.exceptions import BotoCoreError, ClientError  # noqa: E402

PLACE = tempfile.TemporaryDirectory(prefix="waybill-servers-")  # all servers' directories, so that their command lines name it
tempfile.tempdir = os.environ["TMPDIR"] = PLACE.name
PART = 5 << 20


def client(environment, secret=None, **options):
    settings = {"s3": {"addressing_style": "path"}, "retries": {"max_attempts": 1, "mode": "standard"}, "max_pool_connections": 16}
    return boto3.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"], aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=secret or environment["AWS_SECRET_ACCESS_KEY"], region_name=environment["AWS_REGION"],
                        config=botocore.config.Config(**{**settings, **options}))


def base64_sha256(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def tearDownModule():
    left = keeper.users_of(PLACE.name), os.listdir(PLACE.name)
    PLACE.cleanup()
    if left != ([], []):
        raise AssertionError(f"left over: {left}")


class Strict:
    """What must hold of each server; the classes below say which and how it is reached."""

    kind, keep_alive, proxied = "versitygw", True, False

    @classmethod
    def setUpClass(cls):
        server = cls.enterClassContext(s3_server.S3Server(cls.kind, cls.keep_alive))
        cls.proxy = cls.enterClassContext(s3_server.FaultProxy(server, "--rate", "0")) if cls.proxied else None
        cls.environment = (cls.proxy or server).environment
        cls.plain, cls.versioned = cls.environment["WAYBILL_TEST_BUCKET"], cls.environment["WAYBILL_TEST_VERSIONED_BUCKET"]
        cls.s3 = client(cls.environment)

    @classmethod
    def tearDownClass(cls):
        if cls.proxy:
            unlike = [e for e in cls.proxy.entries() if e["fault"] or e["status"] != e["upstream"] or e["status"] is None]
            if unlike:
                raise AssertionError(f"the proxy was not transparent: {unlike[:5]}")

    def refused(self, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        answer = caught.exception.response
        return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]

    def test_a_wrong_secret_is_refused(self):
        wrong = client(self.environment, secret="wrong")
        self.assertEqual(self.refused(wrong.put_object, Bucket=self.plain, Key="wrong", Body=b"x"), (403, "SignatureDoesNotMatch"))
        self.assertEqual(self.refused(wrong.list_objects_v2, Bucket=self.plain), (403, "SignatureDoesNotMatch"))

    def test_a_wrong_checksum_is_refused(self):
        status, _ = self.refused(self.s3.put_object, Bucket=self.plain, Key="wrong", Body=b"x", ChecksumSHA256=base64_sha256(b"y"))
        self.assertEqual(status, 400)

    def test_one_of_eight_rivals_creates_a_key(self):
        for turn in range(5):
            def put(number, key=f"race/{turn}"):
                try:
                    self.s3.put_object(Bucket=self.plain, Key=key, Body=b"%d" % number * 20_000, IfNoneMatch="*")
                    return 200
                except ClientError as problem:
                    return problem.response["ResponseMetadata"]["HTTPStatusCode"]

            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                outcomes = collections.Counter(pool.map(put, range(8)))
            self.assertEqual(outcomes[200], 1, outcomes)
            self.assertLessEqual(set(outcomes), {200, 409, 412})

    def test_a_changed_object_is_not_replaced_by_a_stale_writer(self):
        stale = self.s3.put_object(Bucket=self.plain, Key="swap", Body=b"1")["ETag"]
        fresh = self.s3.put_object(Bucket=self.plain, Key="swap", Body=b"2", IfMatch=stale)["ETag"]
        self.assertEqual(self.refused(self.s3.put_object, Bucket=self.plain, Key="swap", Body=b"3", IfMatch=stale),
                         (412, "PreconditionFailed"))
        self.assertEqual(self.s3.head_object(Bucket=self.plain, Key="swap")["ETag"], fresh)

    def test_versions_are_kept_where_they_are_switched_on(self):
        first, second = (self.s3.put_object(Bucket=self.versioned, Key="v", Body=body)["VersionId"] for body in (b"1", b"2"))
        self.s3.delete_object(Bucket=self.versioned, Key="v")
        for version, body in ((first, b"1"), (second, b"2")):
            self.assertEqual(self.s3.get_object(Bucket=self.versioned, Key="v", VersionId=version)["Body"].read(), body)
        listed = self.s3.list_object_versions(Bucket=self.versioned, Prefix="v")
        self.assertEqual({row["VersionId"] for row in listed["Versions"]}, {first, second})
        self.assertEqual(len(listed["DeleteMarkers"]), 1)
        self.assertIn(self.s3.put_object(Bucket=self.plain, Key="v", Body=b"1").get("VersionId"), (None, "null"))

    def test_an_upload_in_parts_has_the_composite_checksum(self):
        parts = [bytes([number]) * (PART if number == 1 else 1000) for number in (1, 2)]
        upload = self.s3.create_multipart_upload(Bucket=self.plain, Key="parts", ChecksumAlgorithm="SHA256")["UploadId"]
        sent = []
        for number, body in enumerate(parts, 1):
            answer = self.s3.upload_part(Bucket=self.plain, Key="parts", UploadId=upload, PartNumber=number, Body=body,
                                         ChecksumSHA256=base64_sha256(body))
            sent.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": answer["ChecksumSHA256"]})
        self.s3.complete_multipart_upload(Bucket=self.plain, Key="parts", UploadId=upload, MultipartUpload={"Parts": sent})
        head = self.s3.head_object(Bucket=self.plain, Key="parts", ChecksumMode="ENABLED")
        self.assertEqual(head["ChecksumSHA256"], base64_sha256(b"".join(hashlib.sha256(p).digest() for p in parts)) + "-2")
        whole = b"".join(parts)
        self.assertEqual(self.s3.get_object(Bucket=self.plain, Key="parts")["Body"].read(), whole)
        part = self.s3.get_object(Bucket=self.plain, Key="parts", Range=f"bytes={PART - 2}-{PART + 1}")
        self.assertEqual(part["Body"].read(), whole[PART - 2:PART + 2])
        self.assertEqual(part["ContentRange"], f"bytes {PART - 2}-{PART + 1}/{len(whole)}")

    def test_checksums_are_kept(self):
        for algorithm in ("SHA256", "CRC64NVME", "CRC32"):
            put = self.s3.put_object(Bucket=self.plain, Key=algorithm, Body=b"kept", ChecksumAlgorithm=algorithm)
            head = self.s3.head_object(Bucket=self.plain, Key=algorithm, ChecksumMode="ENABLED")
            self.assertEqual(head[f"Checksum{algorithm}"], put[f"Checksum{algorithm}"])

    def test_many_at_once_over_kept_connections_with_odd_keys(self):
        chance = random.Random(3)
        objects = {f"many/{i} é+%&=?#~'()/x": chance.randbytes(chance.choice((0, 1, 1000, 70_000, 300_000))) for i in range(100)}

        def there_and_back(item):
            self.s3.put_object(Bucket=self.plain, Key=item[0], Body=item[1])
            return self.s3.get_object(Bucket=self.plain, Key=item[0])["Body"].read() == item[1]

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            self.assertTrue(all(pool.map(there_and_back, objects.items())))
        lister = self.s3.get_paginator("list_objects_v2")
        pages = lister.paginate(Bucket=self.plain, Prefix="many/", PaginationConfig={"PageSize": 7})
        sizes = {row["Key"]: row["Size"] for page in pages for row in page["Contents"]}
        self.assertEqual(sizes, {key: len(body) for key, body in objects.items()})
        self.assertEqual(self.refused(self.s3.head_object, Bucket=self.plain, Key="none")[0], 404)


class Versitygw(Strict, unittest.TestCase):
    pass


class VersitygwThatClosesEachConnection(Strict, unittest.TestCase):
    keep_alive = False


class VersitygwThroughTheProxy(Strict, unittest.TestCase):
    proxied = True


class VersitygwThatClosesEachConnectionThroughTheProxy(Strict, unittest.TestCase):
    keep_alive, proxied = False, True


class Minio(Strict, unittest.TestCase):
    kind = "minio"

    def test_a_key_beside_keys_below_it(self):
        for key in ("x", "x/y"):
            self.s3.put_object(Bucket=self.plain, Key=key, Body=key.encode())
        self.assertEqual(self.s3.get_object(Bucket=self.plain, Key="x")["Body"].read(), b"x")


class MinioThroughTheProxy(Strict, unittest.TestCase):
    kind, proxied = "minio", True


class Faults(unittest.TestCase):
    def stubborn(self, call, check=lambda answer: True):
        """Repeats what boto3 gives up; counts why."""
        for _ in range(20):
            try:
                answer = call()
            except (ClientError, BotoCoreError) as problem:
                code = problem.response["Error"]["Code"] if isinstance(problem, ClientError) else type(problem).__name__
                self.given_up[code] += 1
                continue
            if check(answer):
                return answer
            self.given_up["wrong bytes, unnoticed"] += 1
        return self.fail(f"twenty times: {self.given_up}")

    def there_and_back(self, kind):
        self.given_up = collections.Counter()
        objects = {f"f/{i}": random.Random(i).randbytes(1 + i * 997) for i in range(50)}
        with s3_server.S3Server(kind, keep_alive=True) as server, \
                s3_server.FaultProxy(server, "--rate", "0.3", "--seed", "5", "--stall", "0.3", "--retry-after", "0") as proxy:
            bucket = server.environment["WAYBILL_TEST_BUCKET"]
            s3 = client(proxy.environment, retries={"max_attempts": 5, "mode": "standard"}, read_timeout=10)

            def work(item):
                key, body = item
                self.stubborn(lambda: s3.put_object(Bucket=bucket, Key=key, Body=body, ChecksumAlgorithm="SHA256"))
                self.stubborn(lambda: s3.get_object(Bucket=bucket, Key=key)["Body"].read(), lambda got: got == body)

            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                list(pool.map(work, objects.items()))
            straight = client(server.environment)
            for key, body in objects.items():
                self.assertEqual(straight.get_object(Bucket=bucket, Key=key)["Body"].read(), body, key)
            return proxy.entries()

    def check(self, kind):
        entries = self.there_and_back(kind)
        met = collections.Counter(e["fault"] for e in entries if e["fault"])
        print(f"\n{kind}: {len(entries)} requests, faults {dict(met)}, given up by boto3 {dict(self.given_up)}", flush=True)
        self.assertEqual(set(met), set(fault_plan.KINDS))
        self.assertEqual([e for e in entries if e["fault"] == "flip-request" and e["upstream"] != 400], [])
        done, spoiled = collections.Counter(), collections.Counter()
        for entry in entries:
            if entry["method"] == "PUT" and entry["upstream"] == 200:
                done[entry["path"]] += 1
                spoiled[entry["path"]] += entry["status"] != 200
        self.assertEqual(len(done), 50)
        self.assertEqual({path: count - spoiled[path] for path, count in done.items()}, dict.fromkeys(done, 1))

    def test_boto3_gets_through_to_versitygw(self):
        self.check("versitygw")

    def test_boto3_gets_through_to_minio(self):
        self.check("minio")


if __name__ == "__main__":
    unittest.main(verbosity=2)
