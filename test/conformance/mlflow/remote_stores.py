"""The fixture `store` of the tests of MLflow's SQL stores: a client's store on the emptied host in its place.

They hold the rules of search, order, paging and errors, which a client must see through any server.
"""

import contextlib
import re
from functools import partial

import requests
from mlflow.entities import _DatasetSummary
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.store.entities import PagedList
from mlflow.store.model_registry.rest_store import RestStore as RegistryRestStore
from mlflow.store.tracking.rest_store import RestStore
from mlflow.utils.credentials import get_default_host_creds
from remote_sessions import Session, run_of

BUCKET = "s3://bucket/"


class TrackingStore(RestStore):
    """Called as a store on SQL is, which bears what clients never send."""

    DEFAULT_EXPERIMENT_ID = "0"

    def create_run(self, experiment_id, user_id, start_time, tags, run_name):
        return super().create_run(experiment_id, user_id, start_time, tags or [], run_name)

    @contextlib.contextmanager
    def ManagedSessionMaker(self):
        yield Session(self)

    def _get_run(self, session, run_uuid):
        return run_of(self, run_uuid)

    def _get_run_inputs(self, session, run_uuids):
        return [self.get_run(run_id).inputs.dataset_inputs for run_id in run_uuids]

    def _log_metrics(self, run_id, metrics):
        self.log_batch(run_id, metrics, [], [])

    def _search_datasets(self, experiment_ids):
        """What the web interface alone asks for."""
        url = f"{self.get_host_creds().host}/ajax-api/2.0/mlflow/experiments/search-datasets"
        answer = requests.post(url, json={"experiment_ids": experiment_ids}, timeout=30)
        answer.raise_for_status()
        fields = ("experiment_id", "name", "digest", "context")
        found = answer.json().get("dataset_summaries", [])
        return [_DatasetSummary(*(one.get(field) for field in fields)) for one in found]


class RegistryStore(RegistryRestStore):
    """The same; relative sources, which no server takes, are addresses on their way."""

    def create_model_version(self, name, source, *args, **kwargs):
        sent = source if ":" in source else BUCKET + source
        return as_sql_says(super().create_model_version(name, sent, *args, **kwargs))

    def search_model_versions(self, filter_string=None, *args, **kwargs):
        sent = filter_string and re.sub(r"(source_path \S+ ')", rf"\1{BUCKET}", filter_string)
        return as_sql_says(super().search_model_versions(sent, *args, **kwargs))

    def get_model_version_download_uri(self, name, version):
        return super().get_model_version_download_uri(name, version).removeprefix(BUCKET)


def _reading(method: str):
    def read(self, *args, **kwargs):
        return as_sql_says(getattr(RegistryRestStore, method)(self, *args, **kwargs))

    return read


for _method in (
    "copy_model_version",
    "create_registered_model",
    "get_latest_versions",
    "get_model_version",
    "get_model_version_by_alias",
    "get_registered_model",
    "list_webhooks",
    "rename_registered_model",
    "search_prompt_versions",
    "search_prompts",
    "search_registered_models",
    "transition_model_version_stage",
    "update_model_version",
    "update_registered_model",
):
    setattr(RegistryStore, _method, _reading(_method))


def as_sql_says(found):
    """Models and versions with None where messages can only say nothing, and numbers of versions."""
    for one in found if isinstance(found, list) else [found]:
        for field in ("_description", "_run_link", "_user_id"):
            if getattr(one, field, None) == "":
                setattr(one, field, None)
        if isinstance(one, ModelVersion):
            one._source = one.source.removeprefix(BUCKET)
            one._version = int(one.version)
        elif isinstance(one, RegisteredModel):
            one._aliases = {alias: int(version) for alias, version in one.aliases.items()}
            as_sql_says(one.latest_versions)
    if isinstance(found, PagedList):
        found.token = found.token or None
    return found


# By the folder of the tests. The rest of such a file is about SQL alone.
STORES = {
    "tests/store/tracking/": TrackingStore,
    "tests/store/model_registry/test_sqlalchemy_store.py": RegistryStore,
}


def store_of(nodeid: str):
    return next((store for path, store in STORES.items() if nodeid.startswith(path)), None)


def remote_store(nodeid: str, url: str):
    return store_of(nodeid)(partial(get_default_host_creds, url))


def is_about_sql(item) -> bool:
    """Whether a test never asks a server, or repeats another one with workspaces switched on."""
    if store_of(item.nodeid) is None:
        return False
    return "store" not in item.fixturenames or "workspace-enabled" in item.name
