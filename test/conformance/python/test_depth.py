"""What the newest client can do besides."""

import hashlib
import os

import mlflow
import pandas as pd
import pytest
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException


def test_nested_runs_know_their_parent(client):
    mlflow.set_experiment("nested")
    with mlflow.start_run() as parent:
        with mlflow.start_run(nested=True) as child:
            mlflow.log_metric("m", 1)
    found = mlflow.search_runs(
        experiment_names=["nested"],
        filter_string=f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'",
    )
    assert list(found.run_id) == [child.info.run_id]
    assert isinstance(found, pd.DataFrame)


def test_a_run_is_resumed(client):
    with mlflow.start_run() as first:
        mlflow.log_metric("m", 1, step=1)
    with mlflow.start_run(run_id=first.info.run_id):
        mlflow.log_metric("m", 2, step=2)
    assert [m.value for m in client.get_metric_history(first.info.run_id, "m")] == [1, 2]
    assert client.get_run(first.info.run_id).info.status == "FINISHED"


def test_a_batch_beyond_the_limits_is_split(client):
    run = client.create_run("0")
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_params({f"p{i}": i for i in range(250)})
        mlflow.log_metrics({f"m{i}": i for i in range(1100)})
    data = client.get_run(run.info.run_id).data
    assert (len(data.params), len(data.metrics)) == (250, 1100)


def test_a_batch_may_be_refused(client):
    run = client.create_run("0")
    with pytest.raises(MlflowException, match="Duplicate parameter keys"):
        client.log_batch(run.info.run_id, params=[Param("a", "1"), Param("a", "2")])
    client.log_batch(run.info.run_id, [Metric("m", 1.5, 10, 0)], [Param("a", "1")], [RunTag("t", "x")])
    client.delete_run(run.info.run_id)
    with pytest.raises(MlflowException, match="must be in the 'active' state"):
        client.log_metric(run.info.run_id, "m", 2)
    [deleted] = client.search_runs(["0"], run_view_type=ViewType.DELETED_ONLY)
    assert deleted.info.run_id == run.info.run_id


def test_datasets_are_inputs_and_can_be_searched_for(client):
    run = client.create_run("0")
    dataset = Dataset(name="train", digest="abc", source_type="local", source="x", schema="s")
    inputs = [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])]
    client.log_inputs(run.info.run_id, inputs)
    client.log_inputs(run.info.run_id, inputs)
    [read] = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert (read.dataset.name, read.tags[0].value) == ("train", "training")
    [found] = client.search_runs(["0"], "datasets.name = 'train' and dataset.context = 'training'")
    assert found.info.run_id == run.info.run_id


def test_runs_are_ordered_by_a_metric_over_pages(client):
    for value in [3, 1, 2, 5, 4]:
        client.log_metric(client.create_run("0").info.run_id, "m", value)
    order, token = [], None
    while True:
        page = client.search_runs(["0"], order_by=["metrics.m DESC"], max_results=2, page_token=token)
        order += [run.data.metrics["m"] for run in page]
        token = page.token
        if not token:
            break
    assert order == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("text", ["metric.m > 'a'", "nothing.m = 1", "params.p = 1", "metrics.m >"])
def test_a_filter_may_be_refused(client, text):
    with pytest.raises(MlflowException) as refused:
        client.search_runs(["0"], text)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {
            "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",
            "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "5242880",
            "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "true",
        },
    ],
    ids=["plain", "parts"],
)
@pytest.mark.parametrize("size", [0, 1, 4_194_305, 5_000_000, 10_485_761, 64_000_001])
def test_a_file_of_any_size_comes_back(client, tmp_path, monkeypatch, settings, size):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    sent = tmp_path / "größe 1.bin"
    sent.write_bytes(os.urandom(size))
    run = client.create_run("0")
    client.log_artifact(run.info.run_id, str(sent), "deep/folder")
    [listed] = client.list_artifacts(run.info.run_id, "deep/folder")
    # MLflow's servers leave a size of 0 out.
    assert (listed.path, listed.file_size or 0) == (f"deep/folder/{sent.name}", size)
    received = client.download_artifacts(run.info.run_id, listed.path, str(tmp_path / ""))
    assert digest(received) == digest(sent)


def test_artifacts_are_written_read_and_deleted(client):
    run = client.create_run("0")
    client.log_dict(run.info.run_id, {"a": [1, 2]}, "d/a.json")
    client.log_text(run.info.run_id, "x", "d/b.txt")
    assert mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/d/a.json") == {"a": [1, 2]}
    assert sorted(f.path for f in client.list_artifacts(run.info.run_id, "d")) == [
        "d/a.json",
        "d/b.txt",
    ]
    with pytest.raises(MlflowException):
        client.download_artifacts(run.info.run_id, "d/none.txt")
