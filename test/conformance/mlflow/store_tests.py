"""Pytest plugin that runs MLflow's tests of its database stores over the wire.

Each store that a test asks for becomes a client's store of the host, emptied (`slipway_server.fresh`).
Tests that look into the database or into the store's own parts are left out.
"""

import inspect
import re
import sys
from functools import partial
from pathlib import Path

import slipway_server

STORE_TESTS = ("tests/store/tracking/sqlalchemy_store/", "tests/store/model_registry/test_sqlalchemy_store.py")

# What only a test of the database itself uses.
INSIDE = re.compile(
    r"ManagedSessionMaker|\bstore\._|\bmock\b|monkeypatch|\bengine\b|_get_store\(|\bSqlAlchemyStore\(|"
    r"\bSql[A-Z]\w+\(|_get_sqlalchemy|models\.Sql|\bsession\b|caplog|tmp_sqlite_uri"
)

class Closed:
    """Stands in for the database's engine."""

    def dispose(self):
        pass


def tracking_store(address, *_):
    # Fixtures copy the file of a database that they made beforehand.
    Path(address.removeprefix("sqlite:///")).touch()
    from mlflow.store.tracking.rest_store import RestStore

    return on_the_host(RestStore)


def registry_store(address, *_):
    Path(address.removeprefix("sqlite:///")).touch()
    from mlflow.store.model_registry.rest_store import RestStore

    return on_the_host(RestStore)


def on_the_host(store_class):
    from mlflow.tracking._tracking_service.utils import get_default_host_creds

    store = store_class(partial(get_default_host_creds, slipway_server.fresh()))
    store.engine = Closed()
    return store


def is_over_the_wire(item) -> bool:
    source = inspect.getsource(item.function)
    # The signature names the type of the store.
    return not INSIDE.search(source) and "workspace-enabled" not in item.name


def pytest_collection_modifyitems(config, items):
    ours = [item for item in items if item.nodeid.startswith(STORE_TESTS)]
    conftest = sys.modules.get("tests.store.tracking.conftest")
    for module in {item.module for item in ours} | ({conftest} if conftest and ours else set()):
        if hasattr(module, "SqlAlchemyStore"):
            of_models = module.__name__.startswith("tests.store.model_registry")
            module.SqlAlchemyStore = registry_store if of_models else tracking_store
    gone = [item for item in ours if not is_over_the_wire(item)]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]
