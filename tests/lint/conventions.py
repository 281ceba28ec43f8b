#!/usr/bin/env python3
"""Checks what a reader relies on: every header has its test and its body its place in src.hpp, the version is said alike
everywhere, and code is free of leftovers. python3 conventions.py [ROOT]; exit 0 when clean."""
import pathlib
import re
import subprocess
import sys

# Headers whose behaviour is shown by other tests; each with the reason.
NO_MIRROR = {
    "version.hpp": "macros", "config.hpp": "macros", "fwd.hpp": "declarations", "src.hpp": "umbrella", "src_transport.hpp": "umbrella",
    "waybill.hpp": "umbrella", "http/curl_options.hpp": "plain values", "http/curl_share.hpp": "a part of http/curl; its tests",
    "http/curl_easy.hpp": "a part of http/curl; its tests", "http/curl_lane.hpp": "a part of http/curl; its tests",
    "core/progress.hpp": "plain values", "core/stream.hpp": "interfaces; tests of manifest/reader and store",
    "store/concepts.hpp": "concepts; the contract suite", "hash/hasher.hpp": "a concept; tests of hash/openssl",
    "algebra/schema_document.hpp": "a step of json_schema; its tests",
    "algebra/sorted.hpp": "a concept; tests of algebra/diff", "registry/layout.hpp": "names; tests of registry/registry",
    "scan/content_provider.hpp": "an interface; tests of scan/transfer",
    "scan/placing_plan.hpp": "a step of materialise; its tests", "registry/directory_state.hpp": "a step of checkout; its tests",
    "registry/hash_draft.hpp": "a step of package_builder::build; its tests", "registry/push_plan.hpp": "a step of push_data; its tests",
    "driver/table/database.hpp": "an interface; its contract",
    **{f"driver/dolt/{name}.hpp": "a real Dolt: tests/interop/dolt_contract.cpp" for name in ("session", "place", "reading", "writing", "committing",
                                                                                              "comparing")},
    "store/s3_core.hpp": "a part of s3; its tests",
    "history/content.hpp": "tests of history/play", "history/refusal.hpp": "words; tests of history/act",
    "history/intention.hpp": "tests of history/act, and the history vectors", "history/record.hpp": "tests of history/log_text, and the model test",
    **{f"history/{name}.hpp": "the history vectors, and the model test" for name in ("timeline", "dataset", "savepoint", "fork", "merge_plan")},
    "history/squash.hpp": "tests of history/merge", "history/checkpoint.hpp": "tests of history/archive",
    "driver/table/database.hpp": "an interface; the contract suite",
    **{f"driver/snapshots/{name}.hpp": "a part of open; its tests" for name in ("rows_file", "versions", "rebase", "written_tables")},
    "history/log_storage.hpp": "tests of history/archive", "registry/stored_file.hpp": "the command line's tests of act",
}
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def headers(include):
    return sorted(p.relative_to(include).as_posix() for p in include.rglob("*.hpp") if "impl" not in p.parts)


def check_mirror(root, problems):
    include = root / "include" / "waybill"
    for header in headers(include):
        if header in NO_MIRROR:
            continue
        folder, _, name = header.rpartition("/")
        test = root / "tests" / "unit" / (folder or "root") / name.replace(".hpp", ".cpp")
        if not test.exists():
            problems.append(f"include/waybill/{header}: has no {test.relative_to(root)}")


def check_source_list(root, problems):
    """Every body stands in one list; what needs libcurl, or the header of a body that does, in the transport's."""
    include = root / "include" / "waybill"
    bodies = {p.relative_to(root / "include").as_posix(): p.read_text() for p in (include / "impl").rglob("*.ipp")}
    transport = {body for body in bodies if body.startswith("waybill/impl/http/curl")}
    for body, text in bodies.items():
        if body not in transport and re.search(r"#include <(curl/|waybill/http/curl)", text):
            problems.append(f"include/{body}: needs libcurl; only impl/http/curl*.ipp may")
    for name, expected in (("src.hpp", set(bodies) - transport), ("src_transport.hpp", transport)):
        listed = set(re.findall(r"#include <(waybill/impl/[^>]+)>", (include / name).read_text()))
        for body in sorted(expected ^ listed):
            problems.append(f"include/waybill/{name}: {'misses' if body in expected else 'should not name'} <{body}>")


def check_version(root, problems):
    text = (root / "include" / "waybill" / "version.hpp").read_text()
    parts = re.findall(r"WAYBILL_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", text)
    version = ".".join(parts)
    if f'"{version}"' not in text:
        problems.append("include/waybill/version.hpp: WAYBILL_VERSION_STRING is not " + version)
    if "v" + "_".join(parts) not in text:
        problems.append("include/waybill/version.hpp: WAYBILL_ABI is not v" + "_".join(parts))
    if not re.search(rf"^## {re.escape(version)}\b", (root / "CHANGELOG.md").read_text(), re.M):
        problems.append(f"CHANGELOG.md: has no section ## {version}")


def check_sources(root, problems):
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "include", "adapters", "examples", "tests", "cmake"],
                            capture_output=True, text=True, check=False).stdout.split("\0")
    for name in filter(None, listed):
        path = root / name
        if path.suffix not in (".hpp", ".ipp", ".cpp", ".py", ".sh", ".cmake") or not path.is_file() or path == pathlib.Path(__file__):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if LEFTOVERS.search(line) and "conventions.py" not in name:
                problems.append(f"{name}:{number}: unfinished: {line.strip()[:80]}")
            if re.search(r'TEST_CASE\("[^"]*;', line):
                problems.append(f"{name}:{number}: a semicolon in a test's name makes ctest look for two tests and run none")
            if line.rstrip() != line and path.suffix != ".md":
                problems.append(f"{name}:{number}: trailing white space")
            # clang-format sees to code, and leaves comments as they are.
            if path.suffix in (".hpp", ".ipp", ".cpp") and len(line) > 120:
                problems.append(f"{name}:{number}: {len(line)} columns; 120 are the limit")
        if path.suffix == ".cpp" and name.startswith("adapters/") and len(path.read_text().splitlines()) > 220:
            problems.append(f"{name}: adapters are thin: at most 220 lines a file")


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    problems = []
    for check in (check_mirror, check_source_list, check_version, check_sources):
        check(root, problems)
    print("\n".join(problems) if problems else "conventions: clean")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
