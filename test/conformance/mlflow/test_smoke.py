"""The few things that everybody does, with the client of the pinned release, against SLIPWAY_URL."""

import os

import mlflow
import pytest
import requests
from mlflow import MlflowClient

URL = os.environ["SLIPWAY_URL"]


@pytest.fixture
def client():
    requests.post(f"{URL}/__reset", timeout=120).raise_for_status()
    mlflow.set_tracking_uri(URL)
    return MlflowClient(URL)


def test_a_run_is_found_by_what_was_logged(client):
    mlflow.set_experiment("smoke")
    with mlflow.start_run(run_name="first") as run:
        mlflow.log_params({"depth": 3})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_dict({"a": 1}, "notes/a.json")
    found = mlflow.search_runs(
        experiment_names=["smoke"],
        filter_string="metrics.loss < 0.21 AND params.depth = '3'",
        output_format="list",
    )
    assert [r.info.run_id for r in found] == [run.info.run_id]
    assert found[0].info.status == "FINISHED"
    assert [m.step for m in client.get_metric_history(run.info.run_id, "loss")] == [0, 1, 2, 3, 4]
    assert mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/notes/a.json") == {"a": 1}


def test_a_version_is_registered_and_named(client):
    client.create_registered_model("m")
    version = client.create_model_version("m", "s3://bucket/model")
    client.set_registered_model_alias("m", "champion", version.version)
    assert client.get_model_version_by_alias("m", "champion").version == "1"


def test_an_unknown_run_is_an_error(client):
    with pytest.raises(mlflow.MlflowException, match="Run with id=nothing not found"):
        client.get_run("nothing")
