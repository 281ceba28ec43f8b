"""The calls of the Valohai API that its test server answers, and their forms: lists as `{count, next, previous, results}`, errors as
`{"detail"}`, `{"error"}` or `{FIELD: [{code, message}]}`."""
import json
import re
from urllib.parse import parse_qsl, urlencode

from site_faults import KINDS as SITE_KINDS
from site_host import Answer
from valohai_state import UUID, USER, Refusal, invalid, not_found

ROOT = "/api/v0/"
PAGE_SIZE = 100
FILTERS = {
    "data": {"project", "output_execution", "name", "store", "tag", "purged", "deleted"}, "dataset-versions": {"dataset"},
    "datum-aliases": {"project", "name", "deleted"}, "datasets": {"name"}, "projects": {"name"},
}
# Beside the faults of all servers, those of its pages.
KINDS = SITE_KINDS | {
    "next-elsewhere": "the page's `next` leads to another host",
    "no-next": "the page comes without `count`, `next` and `previous`",
    "same-page": "the same, and every page is the first one",
}
PAGING = {"limit", "offset", "ordering", "exclude", "no_count"}
DATA_FIELDS = ("id", "name", "size", "md5", "sha1", "sha256", "purged", "uri")  # of a datum inside a version


class Api:
    """Answers of a platform. `largest_page` caps `limit`; `downloads` is "url" (a presigned one, at another host) or "stream"."""

    def __init__(self, platform, largest_page=5000, downloads="url"):
        self.platform, self.largest_page, self.downloads = platform, largest_page, downloads
        self.site = self.blobs = None  # set by the server: this host and the one of the bytes
        self.password, self.login_code = None, None  # of get-token; a code makes it refuse with it
        self.overrides = {}  # "METHOD path": an Answer

    def __call__(self, request):
        key = f"{request.method} {request.path}"
        try:
            if key == f"POST {ROOT}get-token/":
                return self.get_token(request)
            self.authorise(request)
            return self.overrides.get(key) or self.route(request)
        except Refusal as why:
            return Answer(why.status, why.body, fields=["WWW-Authenticate: Token"] if why.status == 401 else [])

    def authorise(self, request):
        given = request.get("authorization")
        if not given:
            raise Refusal(401, {"detail": "Authentication credentials were not provided."})
        if given != f"Token {self.platform.token}":
            raise Refusal(401, {"detail": "Invalid token."})

    def route(self, request):
        path = request.path
        if not path.startswith(ROOT):
            raise not_found()
        if not path.endswith("/"):
            if request.method == "GET" and re.fullmatch(ROOT + r"data/[^/]+", path):
                path += "/"  # answered as it is; all else is sent on
            elif request.method == "GET":
                query = "?" + urlencode(request.query) if request.query else ""
                return Answer(301, fields=[f"Location: {path}/{query}"])
            else:
                raise not_found()
        words = path[len(ROOT):-1].split("/")
        for method, pattern, handler in ROUTES:
            found = self.match(pattern, words)
            if found is not None and method == request.method:
                return handler(self, request, *found)
        if any(self.match(pattern, words) is not None for _, pattern, _ in ROUTES):
            raise Refusal(405, {"detail": f'Method "{request.method}" not allowed.'})
        raise not_found()

    @staticmethod
    def match(pattern, words):
        pattern = pattern.split("/")
        if len(pattern) != len(words) or any(p not in ("*", w) for p, w in zip(pattern, words)):
            return None
        return [w for p, w in zip(pattern, words) if p == "*"]

    # -- shared ----------------------------------------------------------------------------------------------------
    def body(self, request, allowed=None, required=()):
        """The request's JSON object, with no members but the allowed ones (None: any)."""
        if request.get("content-type").split(";")[0].strip() != "application/json":
            raise Refusal(415, {"detail": f'Unsupported media type "{request.get("content-type")}" in request.'})
        try:
            value = json.loads(request.body.decode("utf-8"))
        except ValueError as why:
            raise Refusal(400, {"detail": f"JSON parse error - {why}"}) from why
        if not isinstance(value, dict):
            raise Refusal(400, {"non_field_errors": [{"code": "invalid", "message": "Invalid data. Expected a dictionary."}]})
        for name in sorted(set(value) - set(allowed)) if allowed else ():
            raise invalid(name, "unknown", "There is no such field.")
        for name in required:
            if name not in value:
                raise invalid(name, "required", "This field is required.")
        return value

    def filtered(self, request, table):
        """The records a list call asks for, in its order. Empty filters filter nothing, unknown ones are refused."""
        rows, excluded = [dict(self.shown(table, row)) for row in self.platform.table(table).values()], []
        for name, value in request.query:
            if name not in PAGING | FILTERS[table]:
                raise invalid(name, "unknown", "There is no such filter.")
            if value and name in ("dataset", "project", "output_execution") and not UUID.match(value):
                raise invalid(name, "invalid", f"“{value}” is not a valid UUID.")
            if name in FILTERS[table] and value:
                rows = [row for row in rows if self.fits(row, name, value)]
            elif name == "exclude":
                excluded = value.split(",")
            elif name == "ordering":
                if value.lstrip("-") not in ("id", "name", "ctime"):
                    raise invalid("ordering", "invalid_choice", f"{value} is not one of the available choices.")
                rows.sort(key=lambda row, key=value.lstrip("-"): row[key], reverse=value.startswith("-"))
        return [{name: value for name, value in row.items() if name not in excluded} for row in rows]

    @staticmethod
    def fits(row, name, value):
        if name in ("purged", "deleted"):
            return row.get(name, False) == (value == "true")
        if name == "tag":
            return value in row.get("tags", [])
        held = row.get(name)
        return (held["id"] if isinstance(held, dict) else held) == value

    def page(self, request, rows):
        """One page; `next` and `previous` are whole URLs."""
        query = dict(request.query)
        try:
            limit, offset = int(query.get("limit") or PAGE_SIZE), int(query.get("offset") or 0)
        except ValueError as why:
            raise invalid("limit", "invalid", "A valid integer is required.") from why
        limit = max(1, min(limit, self.largest_page))
        if request.fault == "same-page":
            offset = 0
        results = rows[offset:offset + limit]
        if request.fault in ("same-page", "no-next"):
            return Answer(200, {"results": results})

        def at(where):
            site = self.blobs if request.fault == "next-elsewhere" else self.site
            return f"{site.address}{request.path}?{urlencode({**query, 'limit': limit, 'offset': where})}"

        return Answer(200, {"count": None if query.get("no_count") == "true" else len(rows),
                            "next": at(offset + limit) if offset + limit < len(rows) else None,
                            "previous": at(max(0, offset - limit)) if offset else None, "results": results})

    def shown(self, table, row):
        """A record as the API shows it."""
        if table == "dataset-versions":
            files = [{"datum": {name: datum[name] for name in DATA_FIELDS if name in datum}} for datum in self.platform.data_of(row)]
            return {**row, "files": files}
        if table == "datasets":
            versions = self.platform.versions_of(row)
            return {**row, "latest_version": {"id": versions[-1]["id"], "name": versions[-1]["name"]} if versions else None}
        if table == "datum-aliases":
            return {**row, "datum": self.platform.data.get(row["datum"])}
        return row

    def changed(self, answer):
        self.platform.save()
        return answer

    # -- calls -----------------------------------------------------------------------------------------------------
    def get_token(self, request):
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        if self.login_code:
            raise Refusal(400, {"code": self.login_code, "detail": "Log in with a token."})
        if self.password is None or (form.get("username"), form.get("password")) != (USER["username"], self.password):
            raise Refusal(400, {"non_field_errors": [{"code": "authorization", "message": "Unable to log in."}]})
        return Answer(200, {"token": self.platform.token})

    def me(self, _request):
        return Answer(200, USER)

    def list_of(table):  # noqa: N805
        def handler(self, request):
            return self.page(request, self.filtered(request, table))
        return handler

    def detail_of(table):  # noqa: N805
        def handler(self, _request, key):
            return Answer(200, self.shown(table, self.platform.get(table, key)))
        return handler

    def execution(self, request, key):
        found = dict(self.platform.find_execution(key))
        found["outputs"] = [datum["id"] for datum in self.outputs_of(found)]
        for name in dict(request.query).get("exclude", "").split(","):
            found.pop(name, None)
        return Answer(200, found)

    def outputs_of(self, execution):
        return [d for d in self.platform.data.values() if (d["output_execution"] or {}).get("id") == execution["id"]]

    def execution_outputs(self, _request, key):
        return Answer(200, self.outputs_of(self.platform.find_execution(key)))

    def download(self, _request, key):
        self.platform.get("data", key)
        if not (self.platform.blobs / key).exists():
            raise Refusal(404, {"error": "The datum has been purged."})
        if self.downloads == "stream":
            return Answer(200, (self.platform.blobs / key).read_bytes(), "application/octet-stream",
                          [f'Content-Disposition: attachment; filename="{key}"'])
        return Answer(200, {"url": f"{self.blobs.address}/blobs/{key}?signature={self.platform.signature(key)}"})

    def purge(self, _request, key):
        self.platform.purge(self.platform.get("data", key))
        return self.changed(Answer(200, self.platform.data[key]))

    def set_metadata(self, request, key):
        datum = self.platform.get("data", key)
        datum["metadata"].update(self.body(request))
        return self.changed(Answer(200, datum["metadata"]))

    def apply_metadata(self, request):
        given = self.body(request, ["datum_metadata"], ["datum_metadata"])["datum_metadata"]
        for key in given:
            self.platform.get("data", key)
        for key, metadata in given.items():
            self.platform.data[key]["metadata"].update(metadata)
        return self.changed(Answer(200, {"updated": len(given)}))

    def resolve_alias(self, request):
        query = dict(request.query)
        alias = self.platform.one("datum-aliases", name=query.get("name"), project=query.get("project"))
        if not alias:
            raise not_found()
        return Answer(200, self.shown("datum-aliases", alias))

    def add_dataset(self, request):
        given = self.body(request, ["name", "owner"], ["name"])
        if not isinstance(given["name"], str) or not given["name"]:
            raise invalid("name", "blank", "This field may not be blank.")
        if self.platform.one("datasets", name=given["name"]):
            raise invalid("name", "unique", "A dataset of this name is there already.")
        return self.changed(Answer(201, self.shown("datasets", self.platform.add("datasets", given))))

    def add_version(self, request):
        given = self.body(request, ["previous_version", "name", "dataset", "files"], ["name", "dataset", "files"])
        dataset = self.platform.datasets.get(str(given["dataset"]))
        if not dataset:
            raise invalid("dataset", "does_not_exist", f'Invalid pk "{given["dataset"]}" - object does not exist.')
        if not isinstance(given["name"], str) or not given["name"] or "/" in given["name"]:
            raise invalid("name", "invalid", "A version's name is a text without slashes, and not empty.")
        if self.platform.one("dataset-versions", dataset=dataset["id"], name=given["name"]):
            raise invalid("name", "unique", "A version of this name is there already.")
        previous = given.get("previous_version")
        if previous is not None and not self.platform.one("dataset-versions", id=previous, dataset=dataset["id"]):
            raise invalid("previous_version", "does_not_exist", f'Invalid pk "{previous}" - object does not exist.')
        version = self.platform.add_version(dataset, given["name"], self.checked_files(given["files"]), previous)
        return self.changed(Answer(201, self.shown("dataset-versions", version)))

    def checked_files(self, files):
        if not isinstance(files, list):
            raise invalid("files", "not_a_list", "Expected a list of items.")
        data = []
        for file in files:
            datum = self.platform.data.get(str(file["datum"])) if isinstance(file, dict) and set(file) == {"datum"} else None
            if not datum:
                raise invalid("files", "does_not_exist", f"Not an object with the id of a datum: {json.dumps(file)}")
            data.append(datum)
        for what in ("id", "name"):
            if len({datum[what] for datum in data}) != len(data):
                raise invalid("files", "unique", f"Two of the files have one {what}.")
        return [datum["id"] for datum in data]


ROUTES = [
    ("GET", "users/me", Api.me), ("GET", "projects", Api.list_of("projects")), ("GET", "projects/*", Api.detail_of("projects")),
    ("GET", "executions/*", Api.execution), ("GET", "executions/*/outputs", Api.execution_outputs),
    ("GET", "data", Api.list_of("data")), ("POST", "data/metadata/apply", Api.apply_metadata),
    ("GET", "data/*", Api.detail_of("data")), ("GET", "data/*/download", Api.download), ("POST", "data/*/purge", Api.purge),
    ("POST", "data/*/metadata", Api.set_metadata), ("GET", "datum-aliases", Api.list_of("datum-aliases")),
    ("GET", "datum-aliases/resolve", Api.resolve_alias), ("GET", "datasets", Api.list_of("datasets")),
    ("POST", "datasets", Api.add_dataset), ("GET", "datasets/*", Api.detail_of("datasets")),
    ("GET", "dataset-versions", Api.list_of("dataset-versions")), ("POST", "dataset-versions", Api.add_version),
    ("GET", "dataset-versions/*", Api.detail_of("dataset-versions")),
]
