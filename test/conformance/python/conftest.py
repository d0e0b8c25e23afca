import os

import mlflow
import pytest
import requests
from mlflow.tracking import MlflowClient

URL = os.environ["SLIPWAY_URL"]


@pytest.fixture
def client(tmp_path, monkeypatch):
    """A client of an empty instance."""
    monkeypatch.chdir(tmp_path)
    requests.post(f"{URL}/__reset", timeout=120).raise_for_status()
    mlflow.set_tracking_uri(URL)
    # The client remembers the experiment of the test before, which is gone.
    mlflow.set_experiment(experiment_id="0")
    return MlflowClient(URL)
