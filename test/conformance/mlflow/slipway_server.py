"""Pytest plugin that gives MLflow's own tests a running Slipway instead of the servers they start.

SLIPWAY_URL: a host started with --ephemeral. Each server that a test asks for is that host, emptied;
tests that look into a server's folders get a host of their own.
KNOWN_DIFFERENCES: the file whose rows name the tests that are not run, each with its reason.
"""

import asyncio
import contextlib
import functools
import inspect
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import remote_stores
import requests

URL = os.environ["SLIPWAY_URL"]
ROOT = Path(__file__).resolve().parents[3]
KNOWN_DIFFERENCES = Path(os.environ["KNOWN_DIFFERENCES"])

# Clients of these write into the server's folder of artifacts.
SHARED_FOLDER = (
    "test_artifacts[",
    "test_create_model_version_with_path_source[",
    "test_create_model_version_with_non_local_source[",
    "test_create_model_version_with_file_uri[",
    "test_logging_model_with_local_artifact_uri[",
)


# Tests that start servers, or make stores, themselves. Those of clients work on a database of their own:
# here on the emptied host.
SERVER_TESTS = (
    "tests/otel/",
    "tests/store/model_registry/",
    "tests/store/tracking/",
    "tests/tracing/test_otel_logging.py",
    "tests/tracking/test_client_webhooks.py",
    "tests/tracking/test_mlflow_artifacts.py",
    "tests/tracking/test_model_registry.py",
    "tests/tracking/test_rest_tracking.py",
    "tests/webhooks/",
)

# Of the tests of clients, what asks for the database's address.
DATABASE_TESTS = (
    "tests/genai/datasets/",
    "tests/tracing/test_assessment.py",
    "tests/tracking/test_client.py",
)

# Of these, what looks for the files of its runs in a folder.
FOLDER_TESTS = (
    "tests/tracking/test_log_figure.py",
    "tests/tracking/test_log_image.py",
    "tests/tracking/test_tracking.py",
)

# Plain functions that ask asyncio for the event loop of their thread.
LOOP_TESTS = ("tests/gateway/test_tracing_utils.py",)


@contextlib.contextmanager
def host(*flags: str, port: int = 0):
    """A host of its own, on a free port unless one is given; its process."""
    command = ["node_modules/.bin/node", "lib/local/cli/main.mjs", "start", "--ephemeral"]
    process = subprocess.Popen(
        [*command, "--port", str(port), *flags], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        for line in process.stdout:
            if line.startswith("Slipway ready on "):
                process.url = line.split()[-1]
                break
        else:
            raise RuntimeError("the host did not start")
        yield process
    finally:
        process.terminate()
        process.wait(60)


def use(url: str) -> str:
    """Tests of commands reach their server's database by this address; a host has just its own."""
    import mlflow

    mlflow.set_tracking_uri(url)
    return url


def fresh(url: str = URL) -> str:
    """A host's address, the shared one's by default, after everything in it was forgotten."""
    requests.post(f"{url}/__reset", timeout=120).raise_for_status()
    return use(url)


until_the_end = contextlib.ExitStack()


@functools.cache
def folder_host() -> str:
    """The address of a host whose clients write artifacts into a folder, as with MLflow's own database."""
    folder = Path(until_the_end.enter_context(tempfile.TemporaryDirectory()))
    return until_the_end.enter_context(host("--default-artifact-root", folder.as_uri())).url


def pytest_unconfigure():
    until_the_end.close()


class SlipwayServer:
    """Stands in for `tests.tracking.integration_test_utils.ServerThread`."""

    def __init__(self, app, port):
        self.own = contextlib.ExitStack()

    def __enter__(self) -> str:
        if not any(name in os.environ["PYTEST_CURRENT_TEST"] for name in SHARED_FOLDER):
            return fresh()
        from mlflow.server import handlers

        root = handlers._tracking_store.artifact_root_uri
        return use(self.own.enter_context(host("--default-artifact-root", root)).url)

    def __exit__(self, *_) -> None:
        self.own.close()


@contextlib.contextmanager
def slipway_server(*_, **__):
    """Stands in for `_init_server` there; the settings that a test asks for are not the host's."""
    yield fresh()


@contextlib.contextmanager
def artifacts_server(_host, port, _backend, default_artifact_root, artifacts_destination):
    """Stands in for `_launch_server` of `tests.tracking.test_mlflow_artifacts`."""
    with host("--artifacts-destination", artifacts_destination, port=port) as process:
        yield process


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    # Before the test modules are imported: they bind these names.
    import tests.tracking.integration_test_utils as utils

    utils.ServerThread = SlipwayServer
    utils._init_server = slipway_server
    import mlflow

    mlflow.set_tracking_uri = no_database(mlflow.set_tracking_uri)


def no_database(usual):
    """Stands in for `mlflow.set_tracking_uri`: a database that a test of clients names is the host, too."""

    def set_tracking_uri(uri):
        test = os.environ.get("PYTEST_CURRENT_TEST", "")
        as_named = test.startswith(SERVER_TESTS) or "test_subprocess_inherit_tracking_uri" in test
        return fresh() if str(uri).startswith("sqlite:") and not as_named else usual(uri)

    return set_tracking_uri


def on_the_host(usual):
    """Stands in for `_use_tracking_uri` of `tests.conftest`, in the tests of clients."""

    @contextlib.contextmanager
    def use_tracking_uri(*arguments):
        if os.environ["PYTEST_CURRENT_TEST"].startswith(SERVER_TESTS):
            with usual(*arguments):
                yield
            return
        from mlflow.tracking import get_tracking_uri, set_tracking_uri

        before = get_tracking_uri()
        in_folder = os.environ["PYTEST_CURRENT_TEST"].startswith(FOLDER_TESTS)
        fresh(folder_host() if in_folder else URL)
        try:
            yield
        finally:
            set_tracking_uri(before)

    return use_tracking_uri


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef, request):
    """In place of a store on SQL, or of its address; any other fixture is made as usual."""
    nodeid = request.node.nodeid
    if fixturedef.argname == "store" and remote_stores.store_of(nodeid):
        made = remote_stores.remote_store(nodeid, fresh())
    elif fixturedef.argname == "db_uri" and nodeid.startswith(DATABASE_TESTS):
        made = fresh()
    else:
        return None
    fixturedef.cached_result = (made, fixturedef.cache_key(request), None)
    return made


@pytest.fixture(autouse=True)
def event_loop_of_the_thread(request):
    """Once pytest-asyncio ran an async test it leaves the thread without an event loop; older releases left one."""
    item = request.node
    if not item.nodeid.startswith(LOOP_TESTS) or inspect.iscoroutinefunction(item.function):
        yield
        return
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def known_differences() -> dict[str, str]:
    """Reason by test: rows of the form `| file.py::test | reason |`, or `file.py::test[parameters]`."""
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", KNOWN_DIFFERENCES.read_text(), re.MULTILINE)
    return dict(rows)


def pytest_collection_modifyitems(config, items):
    conftest = sys.modules["tests.conftest"]
    conftest._use_tracking_uri = on_the_host(conftest._use_tracking_uri)
    # The tests of webhooks start their server by a function of their own.
    for module in {item.module for item in items}:
        if hasattr(module, "_run_mlflow_server"):
            module._run_mlflow_server = slipway_server
            # Attempts to reach their receiver of webhooks, which a busy machine is slow to start.
            module.wait_until_ready.__defaults__ = (120,)
        # And those that follow a trace through servers of their own.
        if hasattr(module, "_wait_for_trace"):
            module.flask_server.__wrapped__.__kwdefaults__["wait_timeout"] = 1500
            module._TRACE_POLL_TIMEOUT = 300
    reasons = known_differences()
    left, gone = [], []
    for item in items:
        if item.path.name == "test_mlflow_artifacts.py":
            item.module._launch_server = artifacts_server
        names = {f"{item.path.name}::{name}" for name in (item.name, item.originalname)}
        known = not names.isdisjoint(reasons) and os.environ.get("RUN_KNOWN_DIFFERENCES") != "1"
        # The file store's parameter is skipped by the tests themselves.
        skipped = known or "[file" in item.name or remote_stores.is_about_sql(item)
        (gone if skipped else left).append(item)
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = left
