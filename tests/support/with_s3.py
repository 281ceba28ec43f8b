#!/usr/bin/env python3
"""Becomes a command beside a fresh S3 server: with_s3.py versitygw|minio [--keep-alive] [--fault-proxy ARGUMENTS] -- COMMAND…

The command finds the server through AWS_ENDPOINT_URL and AWS_*, and two empty buckets in WAYBILL_TEST_BUCKET and
WAYBILL_TEST_VERSIONED_BUCKET. With --fault-proxy, whose arguments are one word (`"--rate 0.05 --seed 1"`), requests pass
tests/servers/fault_proxy.py, and WAYBILL_TEST_FAULT_LOG names its log. The server ends when the command does, however that ends.
"""
import argparse
import os
import pathlib
import shlex
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import s3_server  # noqa: E402


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("server", choices=("versitygw", "minio"))
    parser.add_argument("--keep-alive", action="store_true")
    parser.add_argument("--fault-proxy", type=shlex.split)
    if "--" not in sys.argv:
        parser.error("-- COMMAND is missing")
    split = sys.argv.index("--")
    options, command = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1:]
    serving = [s3_server.S3Server(options.server, options.keep_alive).__enter__()]
    if options.fault_proxy is not None:
        serving.append(s3_server.FaultProxy(serving[0], *options.fault_proxy).__enter__())
    for server in serving:
        server.kept.outlive_exec()
    settings = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    os.execvpe(command[0], command, {**settings, **serving[-1].environment})


if __name__ == "__main__":
    main()
