#!/usr/bin/env python3
"""Checks that C++ code stands as .clang-format says: python3 format.py [--fix]. Exit 0 when it does.

Versions of clang-format disagree, so exactly one counts: that of tests/interop/install-peers.sh.
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

WIDEST = 132  # clang-format leaves comments as they are


def sources():
    listed = subprocess.run(["git", "-C", str(peers.ROOT), "ls-files", "-z", "-co", "--exclude-standard"],
                            capture_output=True, text=True, check=True).stdout.split("\0")
    found = [peers.ROOT / name for name in listed if name.endswith((".hpp", ".ipp", ".cpp"))]
    return [path for path in found if path.is_file()]


def main():
    program = pathlib.Path(peers.peer_python("clang-format")).with_name("clang-format")
    files = sources()
    how = ["-i"] if "--fix" in sys.argv else ["--dry-run", "-Werror"]
    done = subprocess.run([str(program), *how, *map(str, files)], check=False)
    wide = [f"{path.relative_to(peers.ROOT)}:{number}: {len(line)} columns, {WIDEST} are the limit"
            for path in files for number, line in enumerate(path.read_text().splitlines(), 1) if len(line) > WIDEST]
    print("\n".join(wide) if wide else f"format: {len(files)} files looked at")
    return 1 if done.returncode or wide else 0


if __name__ == "__main__":
    sys.exit(main())
