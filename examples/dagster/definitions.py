"""A code location: each new or changed dataset of a volume becomes a run that loads it.

    DATASET_DIRECTORY=/data CLOWDER_URL=https://… CLOWDER_TOKEN=… dagster dev -f definitions.py

Without CLOWDER_URL datasets become packages in the registry that WAYBILL_REGISTRY names. waybill-dagster must be on the PATH, and
waybill_dagster.py beside this file or in the PYTHONPATH.
"""
import os
import pathlib
import sys

from dagster import DefaultSensorStatus, Definitions, EnvVar, PipesSubprocessClient

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "adapters" / "dagster"))
from waybill_dagster import (ClowderResource, DatasetVolume, clowder_dataset, dataset_sensor, load_clowder, load_registry,  # noqa: E402
                             registry_dataset)

timing = {"minimum_interval_seconds": int(os.environ.get("SENSOR_INTERVAL", "30")), "default_status": DefaultSensorStatus.RUNNING}
volume = DatasetVolume(dataset_directory=os.environ["DATASET_DIRECTORY"], settle=float(os.environ.get("DATASET_SETTLE", "10")))

if os.environ.get("CLOWDER_URL"):
    clowder = ClowderResource(clowder_url=os.environ["CLOWDER_URL"], clowder_token=EnvVar("CLOWDER_TOKEN"),
                              space_id=os.environ.get("SPACE_ID", ""), ssl=os.environ.get("CLOWDER_SSL", "1") != "0")
    defs = Definitions(assets=[clowder_dataset], jobs=[load_clowder],
                       sensors=[dataset_sensor("file_sensor", load_clowder, "clowder_dataset", **timing)],
                       resources={"volume": volume, "clowder": clowder, "pipes": PipesSubprocessClient()})
else:
    defs = Definitions(assets=[registry_dataset], jobs=[load_registry],
                       sensors=[dataset_sensor("file_sensor", load_registry, "registry_dataset", **timing)],
                       resources={"volume": volume, "pipes": PipesSubprocessClient()})
