#!/usr/bin/env python3
"""Checks the layering of include/waybill (docs/architecture.md): python3 layers.py [ROOT]. Exit 0 when clean.

A header may include lower layers, and of its own folder what stands above it in its folder's list. Every header must be
listed; a third-party include is allowed only where its row says so.
"""
import pathlib
import re
import sys

# folder -> (layer, headers of the folder in the order in which they may include each other)
FOLDERS = {
    "": (0, ["version", "config", "fwd", "error", "src", "src_transport", "waybill"]),
    "core": (2, ["ascii", "bytes", "utf8", "digest", "logical_key", "percent", "shell_words", "shown_url", "secret", "physical_key", "timestamp", "fnmatch", "glob", "stream", "drain", "in_file", "progress", "repeat_damaged"]),
    "hash": (3, ["hasher", "openssl", "hmac_sha256", "sha256_pair", "crc64nvme", "chunked", "multi"]),
    "json": (3, ["value", "number", "python_token", "parse", "record", "write"]),
    "manifest": (4, ["entry", "quilt_hash", "plain_line", "manifest", "builder", "quilt_record", "quilt_line", "top_hash", "reader", "part", "block", "writer"]),
    "algebra": (5, ["sorted", "diff", "stream_diff", "renames", "merge", "select", "combine", "name_pattern", "schema_document", "json_schema", "contract"]),
    "scan": (6, ["file", "pool", "work_queue", "ignore", "placeholder_mark", "content", "hash_file", "stat_cache", "listing", "reading_item", "reading", "tree", "tree_manifest", "load_manifest", "placeholder", "unicode", "placement", "resolve", "directory_cursor", "file_namer", "beneath", "check", "seal", "verify", "content_provider", "partial", "download", "transfer", "placing_plan", "background_flush", "materialise"]),
    "http": (7, ["message", "client", "url", "aws_credentials", "aws_profiles", "sigv4", "date", "incoming", "outgoing", "retry", "token_bucket",
                 "host_policy", "proxy", "redirect", "curl_options", "curl_share", "curl_easy", "curl_lane", "curl"]),
    "store": (7.5, ["object", "concepts", "transfer", "memory", "directory_tree", "directory", "verified", "cached", "retrying", "counted", "any_store", "xml", "s3_request", "s3_error", "s3_answer", "s3_session", "s3_sums",
                    "s3_upload", "s3_key", "s3_read", "s3_references", "s3_core", "s3", "http"]),
    "history": (8, ["action", "content", "state", "play", "refusal", "intention", "changes", "timeline", "record", "dataset", "act", "savepoint", "fork",
                    "merge_plan", "squash", "merge", "log_text", "landed_line", "checkpoint", "log_storage", "archive"]),
    "lineage": (8, ["run_record", "plain_record", "record_line", "record_names", "append_directory", "record_store", "run_view", "origins", "query", "same_inputs", "open_lineage"]),
    "registry": (9, ["reference", "layout", "pointer", "gate", "publish", "registry", "reachable", "collect", "package_history", "publish_onto", "stored_file", "contents", "checked", "package", "part_sums", "hash_draft", "presence", "push_plan", "push_data", "restore", "package_builder", "workspace", "directory_state", "checkout", "lazy"]),
    "protocol": (9, []),
    "protocol/metaflow": (9, ["identity"]),
    "protocol/valohai": (9, ["names", "python_json", "parameters", "execution", "platform_calls", "datum", "inputs", "dataset", "page", "api_error", "requests",
                             "update_manifest", "previous_files", "comparison", "plan", "extended_manifest", "membership", "metadata_lines", "publication"]),
    "protocol/clowder": (9, ["names", "multipart", "records", "requests", "answers", "api_error"]),
    "protocol/dagster_pipes": (9, ["inflate", "bootstrap", "asset_key", "context", "metadata", "message", "session"]),
    "protocol/table": (9, ["csv", "csv_table", "number_text", "calendar_text", "sql_type", "value", "schema", "inference", "row_order", "row_changes", "row_merge"]),
    "protocol/dolt": (9, ["address", "invocation", "sql_text", "names", "answer", "table_form", "insert", "diff_columns", "failure"]),
    "driver": (10, ["aws_settings", "aws_metadata", "aws_credentials"]),
    "driver/clowder": (10, ["api", "dataset", "target", "comparison", "sending", "upload", "download"]),
    "driver/valohai": (10, ["status", "api", "outputs", "content", "counting", "carrier", "preparation", "base", "phase1", "single_step", "phase2"]),
    "driver/table": (10, ["database"]),
    "driver/metaflow": (10.2, ["delivery", "task", "pending", "commit", "question", "rows", "answer"]),
    "driver/dolt": (10.1, ["patience", "local_lock", "dialogue", "spool", "session", "author", "place", "reading", "writing", "committing", "comparing", "database"]),
    "driver/snapshots": (10.1, ["rows_file", "row_sorter", "workplace", "written_tables", "intake", "versions", "rebase", "commit", "open"]),
    "driver/dagster": (10, ["channel", "process", "volume", "cursor", "volume_memo", "request", "volume_scan", "report", "registry_load"]),
}
# headers at the root with a layer of their own; umbrellas see everything they gather
ROOT_LAYERS = {"version": 0, "config": 0, "fwd": 0, "error": 1, "waybill": 7, "src": 11, "src_transport": 11}
# include prefix -> where it may stand (path below include/waybill, without impl/ and suffix)
THIRD_PARTY = {
    "boost/system/": ["error"],
    "boost/assert/": ["error"],
    "boost/throw_exception": ["error"],
    "boost/json": ["json/", "algebra/schema_document"],
    "openssl/": ["hash/"],
    "range/v3/": ["algebra/"],
    "utf8proc": ["scan/unicode"],
    "curl/": ["http/curl_share", "http/curl_easy", "http/curl_lane"],
    "boost/property_tree/xml_parser.hpp": ["store/xml"],
    "valijson/": ["algebra/json_schema"],
    "boost/beast/zlib/": ["protocol/dagster_pipes/inflate"],
}
FORBIDDEN = [
    (re.compile(r"#\s*include\s*<(iostream|regex|range/v3/all\.hpp|boost/json/src\.hpp)>"), "forbidden include"),
    (re.compile(r"\bstd::(cout|cerr|clog|exit|abort|getenv|system)\b|\bgetenv\s*\("), "the core does not print, exit or read the environment"),
    (re.compile(r"system_clock::now|\btime\s*\(\s*(NULL|nullptr|0)\s*\)"), "the core does not ask the clock"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def place(path):
    """(folder, name) of a header given as a path below include/waybill."""
    parts = path.with_suffix("").parts
    if parts[0] == "impl":
        parts = parts[1:]
    return "/".join(parts[:-1]), parts[-1]


def layer(folder, name):
    return ROOT_LAYERS.get(name) if folder == "" else FOLDERS[folder][0]


def check(root):
    include = root / "include" / "waybill"
    problems = []
    for file in sorted(include.rglob("*")):
        if file.suffix not in (".hpp", ".ipp"):
            continue
        at = file.relative_to(root)
        folder, name = place(file.relative_to(include))
        if folder not in FOLDERS or name not in FOLDERS[folder][1]:
            problems.append(f"{at}: not listed in tests/lint/layers.py; give it a place in its layer")
            continue
        text = file.read_text()
        body = file.suffix == ".ipp"
        for target in INCLUDE.findall(text):
            problem = check_include(folder, name, target, body)
            if problem:
                problems.append(f"{at}: includes <{target}>: {problem}")
        code = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
        for pattern, why in FORBIDDEN:
            for found in pattern.finditer(code):
                problems.append(f"{at}: {found.group(0).strip()}: {why}")
        lines = text.count("\n")
        if lines > 320:
            problems.append(f"{at}: {lines} lines; split it (300 is the aim, 320 the limit)")
    return problems


def check_include(folder, name, target, body):
    if not target.startswith("waybill/"):
        for prefix, places in THIRD_PARTY.items():
            if target.startswith(prefix):
                here = f"{folder}/{name}" if folder else name
                return None if any(here.startswith(p) for p in places) else "third-party include outside its layer"
        return "unknown third-party library" if "/" in target and not target.startswith(("sys/", "linux/", "netinet/", "arpa/")) else None
    other_folder, other = place(pathlib.PurePath(target[len("waybill/"):]))
    if (other_folder, other) == (folder, name):
        return None
    if other_folder not in FOLDERS or other not in FOLDERS[other_folder][1]:
        return "not listed in tests/lint/layers.py"
    if target.startswith("waybill/impl/"):
        return None if name in ("src", "src_transport") else "only the header of a body includes it"
    mine, theirs = layer(folder, name), layer(other_folder, other)
    if theirs > mine:
        return f"layer {theirs} from layer {mine}"
    if other_folder == folder:
        order = FOLDERS[folder][1]
        # a body comes after every declaration of its folder
        return None if body or order.index(other) < order.index(name) else "stands below it in its folder's list"
    return f"{other_folder}/ is a sibling of layer {mine}" if theirs == mine and mine != 9 else None


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    problems = check(root)
    print("\n".join(problems) if problems else "layers: clean")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
