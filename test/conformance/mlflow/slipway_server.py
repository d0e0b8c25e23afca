"""Pytest plugin that gives MLflow's own tests a running Slipway instead of the servers they start.

SLIPWAY_URL: a host started with --ephemeral. Each server that a test asks for is that host, emptied.
KNOWN_DIFFERENCES: the file whose rows name the tests that are not run, each with its reason.
"""

import contextlib
import os
import re
from pathlib import Path

import pytest
import requests

URL = os.environ["SLIPWAY_URL"]
KNOWN_DIFFERENCES = Path(os.environ["KNOWN_DIFFERENCES"])


def fresh() -> str:
    """The host's address, after everything in it was forgotten."""
    import mlflow

    requests.post(f"{URL}/__reset", timeout=30).raise_for_status()
    # Tests of commands reach their server's database by this address; the host has just its own.
    mlflow.set_tracking_uri(URL)
    return URL


class SlipwayServer:
    """Stands in for `tests.tracking.integration_test_utils.ServerThread`."""

    def __init__(self, app, port):
        pass

    def __enter__(self) -> str:
        return fresh()

    def __exit__(self, *_) -> None:
        return None


@contextlib.contextmanager
def slipway_server(*_, **__):
    """Stands in for `_init_server` there; the settings that a test asks for are not the host's."""
    yield fresh()


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    # Before the test modules are imported: they bind these names.
    import tests.tracking.integration_test_utils as utils

    utils.ServerThread = SlipwayServer
    utils._init_server = slipway_server


def known_differences() -> dict[str, str]:
    """Reason by test: rows of the form `| file.py::test | reason |`."""
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", KNOWN_DIFFERENCES.read_text(), re.MULTILINE)
    return dict(rows)


def pytest_collection_modifyitems(config, items):
    reasons = known_differences()
    left = []
    for item in items:
        name = f"{item.path.name}::{item.originalname}"
        if "[file" in item.name or name in reasons:
            continue
        left.append(item)
    gone = [item for item in items if item not in left]
    if gone and os.environ.get("RUN_KNOWN_DIFFERENCES") != "1":
        config.hook.pytest_deselected(items=gone)
        items[:] = left
