"""Dagster and waybill: a sensor that finds datasets, and steps that load them. The programs do the work; docs/dagster.md tells it.

    Definitions(assets=[clowder_dataset], jobs=[load_clowder], sensors=[file_sensor], resources={"pipes": PipesSubprocessClient(),
        "volume": DatasetVolume(…), "clowder": ClowderResource(…)})
"""
import json
import os
import subprocess
from typing import Any

from dagster import (AssetCheckSpec, AssetExecutionContext, Config, ConfigurableResource, Failure, PipesSubprocessClient,
                     RunConfig, RunRequest, SensorEvaluationContext, SensorResult, asset, define_asset_job, sensor)

ARRIVED = "arrived"  # a declared check: a run whose messages are lost fails for want of it

def call(program: str, *arguments: Any, env: dict | None = None, stdin: str = "") -> dict:
    """The JSON document that a waybill program prints."""
    done = subprocess.run([program, "--json", *map(str, arguments)], env={**os.environ, **(env or {})}, input=stdin, text=True,
                          capture_output=True, check=False)
    if done.returncode:
        raise Failure(description=(done.stderr.strip().splitlines() or [f"{program} ended with {done.returncode}"])[-1])
    return json.loads(done.stdout)


class DatasetVolume(ConfigurableResource):
    """A directory of categories; below them each directory without sub-directories is a dataset."""
    dataset_directory: str
    settle: float = 0  # seconds without a change before a dataset is loaded
    limit: int = 100  # runs asked for by one evaluation of a sensor
    program: str = "waybill-dagster"

    def scan(self, cursor: str | None) -> dict:
        return call(self.program, "scan", self.dataset_directory, "--cursor-file", "-", "--settle", self.settle,
                    "--limit", self.limit, stdin=cursor or "")


class ClowderResource(ConfigurableResource):
    """A Clowder, version 1 or 2. The token goes to the programs in their environment."""
    clowder_url: str
    clowder_token: str
    space_id: str = ""
    timeout: float = 5  # seconds of silence, not in total
    retries: int = 3
    ssl: bool = True
    program: str = "waybill-clowder"

    def environment(self) -> dict:
        return {"CLOWDER_URL": self.clowder_url, "CLOWDER_TOKEN": self.clowder_token, "SPACE_ID": self.space_id}

    def flags(self, limit: str = "--timeout") -> list:
        return [limit, str(self.timeout), "--retries", str(self.retries), *([] if self.ssl else ["--insecure"])]

    def _call(self, *arguments: Any) -> dict:
        return call(self.program, *arguments, *self.flags(), env=self.environment())

    def get_or_create_space(self, name: str) -> str:
        """The id of a space of exactly that name."""
        return self._call("space", name)["id"]

    def create_dataset(self, title: str, space_id: str = "") -> str:
        """The id of the dataset of that title in a space (default: `space_id`, if any), made when it is missing."""
        return self._call("dataset", title, *(["--space", space_id] if space_id else []))["id"]

    def add_files_to_dataset(self, dataset_id: str, files: list[str]) -> dict:
        """Uploads what the dataset does not hold yet, and proves it: `{"uploaded": […], "unchanged": […], …}`."""
        return self._call("add", dataset_id, *files)


class DatasetRequest(Config):
    """A dataset to load: what a scan asks for, or `files` of one directory, or the directory `category/dataset_title`."""
    category: str
    dataset_title: str = "Test Dataset"
    files: list[str] = []
    request: dict[str, Any] = {}

    def extras(self, root: str) -> dict:
        if self.request:
            return self.request
        places = {os.path.relpath(os.path.dirname(os.path.realpath(f)), os.path.realpath(root)) for f in self.files}
        if len(places) > 1:
            raise Failure(description=f"a dataset is one directory; the files lie in {', '.join(sorted(places))}")
        return {"dataset": next(iter(places), f"{self.category}/{self.dataset_title}"), "category": self.category,
                "title": self.dataset_title}

def load(context, pipes, volume: DatasetVolume, config: DatasetRequest, *arguments: str, env: dict | None = None):
    """Runs `waybill-dagster load`: the materialization and the check that it reports."""
    command = [volume.program, "load", "--root", volume.dataset_directory, "--check", ARRIVED, *arguments]
    return pipes.run(context=context, command=command, env=env or {}, extras=config.extras(volume.dataset_directory)).get_results()


@asset(check_specs=[AssetCheckSpec(ARRIVED, asset="clowder_dataset")])
def clowder_dataset(context: AssetExecutionContext, config: DatasetRequest, volume: DatasetVolume, clowder: ClowderResource,
                    pipes: PipesSubprocessClient):
    """A dataset of the volume in Clowder."""
    return load(context, pipes, volume, config, "--to", "clowder", *clowder.flags("--stall"), env=clowder.environment())


@asset(check_specs=[AssetCheckSpec(ARRIVED, asset="registry_dataset")])
def registry_dataset(context: AssetExecutionContext, config: DatasetRequest, volume: DatasetVolume, pipes: PipesSubprocessClient):
    """A dataset of the volume as a package in the registry that WAYBILL_REGISTRY names."""
    return load(context, pipes, volume, config, "--to", "registry")


def dataset_sensor(name: str, job, asset_name: str, **options):
    """A sensor that asks for one run of `job` for each dataset that is new or changed. Options are those of `sensor`."""
    @sensor(name=name, job=job, **options)
    def evaluate(context: SensorEvaluationContext, volume: DatasetVolume):
        found = volume.scan(context.cursor)
        for problem in found["problems"]:
            context.log.warning(f"{problem['path']}: {problem['detail']}")
        runs = [RunRequest(r["run_key"], RunConfig({asset_name: DatasetRequest(
            category=r["category"], dataset_title=r["title"], request=r)}), r["tags"]) for r in found["requests"]]
        return SensorResult(run_requests=runs, cursor=found["cursor"], skip_reason=None if runs else found["skip"])
    return evaluate


load_clowder = define_asset_job("load_clowder", selection=[clowder_dataset])
load_registry = define_asset_job("load_registry", selection=[registry_dataset])
file_sensor = dataset_sensor("file_sensor", load_clowder, "clowder_dataset")
registry_sensor = dataset_sensor("registry_sensor", load_registry, "registry_dataset")
