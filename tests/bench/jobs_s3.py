"""Jobs with a bucket: W6 and W7 of the benchmark plan, on versitygw of this machine. No TLS, loopback only."""
import atexit
import os
import shutil

from job import WAYBILL, Bar, Job, absolute, ratio
from lab import peers
from measure import Contender
from support import s3_server

FLOOR_CONNECTIONS = 8  # as many as waybill's default on two cores


class Bucket:
    """One server for all jobs of a run."""

    def __init__(self, lab):
        self.lab = lab
        self.server = s3_server.S3Server("versitygw", keep_alive=True).__enter__()
        atexit.register(self.server.kept.stop)
        self.name = self.server.environment["WAYBILL_TEST_BUCKET"]
        lab.env.update({k: v for k, v in self.server.environment.items() if k.startswith("AWS_")})
        self.endpoint = self.server.environment["AWS_ENDPOINT_URL"]
        self.data = self.server.directory / "data" / self.name

    def empty(self):
        for entry in self.data.iterdir():
            self.lab.drop(entry)


def bucket(lab):
    if not hasattr(lab, "bucket"):
        lab.bucket = Bucket(lab)
    return lab.bucket


def program(name):
    """A peer's program, and why it cannot run where it is not there."""
    path = peers.PEERS / name / "bin" / {"awscli": "aws"}.get(name, name)
    found = str(path) if os.access(path, os.X_OK) else shutil.which(name)
    return found or name, "" if found else "not installed"


def mixed(lab):
    """Some thousand small files and four large ones."""
    count, size = lab.o.bucket_files * 2 // 5, lab.o.bucket_large

    def make(d):
        lab.generate("tree", d / "small", "--files", count, "--dirs", max(1, count // 100), "--size", 16384)
        for i in range(4):
            lab.generate("file", d / f"large{i}.bin", "--size", size)
    return lab.once(f"bucket-mixed-{count}-{size}", make)


def small(lab):
    n = lab.o.bucket_files
    return lab.once(f"bucket-small-{n}", lambda d: lab.generate("tree", d, "--files", n, "--dirs", max(1, n // 100), "--size", 16384))


def others(b, kind, local, remote):
    """s5cmd, rclone and aws with the same task. @param kind  `put` or `get`"""
    s5cmd, no_s5cmd = program("s5cmd")
    rclone, no_rclone = program("rclone")
    aws, no_aws = program("awscli")
    s3 = f"s3://{b.name}/{remote}"
    there = f":s3:{b.name}/{remote}"
    way = ([f"{local}/", f"{s3}/"], [str(local), there], [str(local), s3]) if kind == "put" else (
        [f"{s3}/*", f"{local}/"], [there, str(local)], [s3, str(local)])
    return [
        Contender("s5cmd cp", [s5cmd, "--log", "error", "--endpoint-url", b.endpoint, "cp", *way[0]],
                  "no manifest, no check of what arrived", absent=no_s5cmd),
        Contender("rclone copy", [rclone, "--config", "/dev/null", "--s3-provider", "Other", "--s3-env-auth", "--s3-endpoint", b.endpoint,
                                  "--s3-force-path-style", "copy", "--transfers", "32", "--checkers", "32", *way[1]],
                  "checks MD5 where it can", absent=no_rclone, rounds=2),
        Contender("aws s3 sync", [aws, "--endpoint-url", b.endpoint, "s3", "sync", "--only-show-errors", *way[2]],
                  "no manifest", absent=no_aws, rounds=1),
    ]


def push(lab, tree):
    b, source = bucket(lab), tree(lab)
    uri = f"s3://{b.name}"

    def fresh():
        b.empty()
        lab.empty_cache()
        lab.drop(source / ".waybill")
    floor = [lab.floor, "put", str(source), b.server.address, b.name, "floor", str(FLOOR_CONNECTIONS)]
    contenders = [
        Contender("floor put", floor, "signed PUTs, bodies neither hashed nor signed, no manifest", before=fresh),
        Contender(WAYBILL, [lab.waybill, "push", str(source), "--name", "bench/data", "--registry", uri],
                  "hashes each file, sends the digest as payload hash and checksum, publishes a manifest", before=fresh),
        *others(b, "put", source, "them"),
        Contender("quilt3", lab.quilt("push", source, uri), "set_dir and push", rounds=1, absent="" if lab.has_quilt() else "not installed"),
    ]
    for contender in contenders[2:]:
        contender.before = fresh

    def check():
        fresh()
        lab.run(*contenders[1].command)
        copy = lab.scratch / "pushed"
        lab.run(lab.waybill, "install", "bench/data", "--registry", uri, "--location", copy)
        lab.run("diff", "-r", "--exclude=.waybill", source, copy)
        lab.drop(copy)
        lab.drop(source / ".waybill")
        return ["installed again, diff -r finds both equal"]
    return Job(f"push-{source.name}", f"push {source.name} to a bucket", "floor put", contenders, [
        Bar("wall / floor put", 1.5, ratio(WAYBILL, "floor put")),
        Bar("wall / s5cmd", 1, ratio(WAYBILL, "s5cmd cp")),
        Bar("CPU / s5cmd", 0.5, ratio(WAYBILL, "s5cmd cp", "cpu")),
        Bar("CPU / quilt3", 0.125, ratio(WAYBILL, "quilt3", "cpu"))], check)


def install(lab, tree):
    b, source = bucket(lab), tree(lab)
    uri, target = f"s3://{b.name}", lab.scratch / "from-bucket"
    b.empty()
    lab.empty_cache()
    lab.drop(source / ".waybill")
    lab.run(lab.floor, "put", source, b.server.address, b.name, "floor", FLOOR_CONNECTIONS)
    lab.run(lab.waybill, "push", source, "--name", "bench/data", "--registry", uri)
    lab.drop(source / ".waybill")

    def fresh():
        lab.drop(target)
        lab.empty_cache()

    def fresh_directory():
        fresh()
        target.mkdir()
    contenders = [
        Contender("floor get", [lab.floor, "get", b.server.address, b.name, "floor", str(target), str(source), str(FLOOR_CONNECTIONS)],
                  "nothing checked, nothing synced", before=fresh_directory),
        Contender(WAYBILL, [lab.waybill, "install", "bench/data", "--registry", uri, "--location", str(target)],
                  "each byte checked while it arrives, on disk when it ends", before=fresh),
        *others(b, "get", target, "floor"),
    ]
    for contender in contenders[2:]:
        contender.before = fresh_directory

    def check():
        fresh()
        lab.run(*contenders[1].command)
        lab.run("diff", "-r", "--exclude=.waybill", source, target)
        fresh()
        return ["diff -r finds the source and the installed directory equal"]
    return Job(f"install-{source.name}", f"install {source.name} from a bucket", "floor get", contenders, [
        Bar("wall / floor get", 1.3, ratio(WAYBILL, "floor get")),
        Bar("peak memory", 64, absolute("rss"), unit="MiB")], check)


def unchanged(lab):
    """Everything is there: what does finding that out take?"""
    b, source = bucket(lab), small(lab)
    uri = f"s3://{b.name}"
    s5cmd, no_s5cmd = program("s5cmd")
    b.empty()
    lab.empty_cache()
    lab.drop(source / ".waybill")
    command = [lab.waybill, "push", str(source), "--name", "bench/data", "--registry", uri]
    sync = [s5cmd, "--log", "error", "--endpoint-url", b.endpoint, "sync", "--exclude", ".waybill/*", f"{source}/", f"s3://{b.name}/sync/"]
    lab.run(*command)
    if not no_s5cmd:
        lab.run(*sync)
    contenders = [
        Contender("s5cmd sync", sync, "lists the bucket, compares sizes and times", absent=no_s5cmd),
        Contender(WAYBILL, command, "stat cache, top hash, latest version's manifest"),
    ]
    return Job("push-nothing", f"push {lab.o.bucket_files:,} files that are there already", "s5cmd sync", contenders,
               [Bar("wall / s5cmd sync", 1, ratio(WAYBILL, "s5cmd sync"))])


JOBS = {"push-small": lambda lab: push(lab, small), "push-mixed": lambda lab: push(lab, mixed),
        "install-small": lambda lab: install(lab, small), "install-mixed": lambda lab: install(lab, mixed), "push-nothing": unchanged}
