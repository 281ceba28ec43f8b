"""quilt3 as a user drives it: build SRC REGISTRY | push SRC s3://BUCKET | diff A.jsonl B.jsonl | version. Run by quilt3's own interpreter."""
import pathlib
import sys

import quilt3


def build(source, registry):
    pathlib.Path(registry).mkdir(parents=True, exist_ok=True)
    package = quilt3.Package()
    package.set_dir("/", source)
    print(package.build("bench/data", registry="file://" + registry))


def push(source, registry):
    package = quilt3.Package()
    package.set_dir("/", source)
    package.push("bench/data", registry=registry, force=True)


def diff(before, after):
    with open(before) as a, open(after) as b:
        added, modified, deleted = quilt3.Package.load(a).diff(quilt3.Package.load(b))
    for mark, names in (("A", added), ("M", modified), ("D", deleted)):
        for name in names:
            print(mark, name, sep="\t")


def version():
    print(quilt3.__version__)


if __name__ == "__main__":
    {"build": build, "push": push, "diff": diff, "version": version}[sys.argv[1]](*sys.argv[2:])
