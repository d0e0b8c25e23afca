"""What every client since 2.9 does the same way."""

import math

import mlflow
import pytest
from mlflow.exceptions import MlflowException


def test_a_run_is_logged_and_found(client, tmp_path):
    mlflow.set_experiment("smoke")
    with mlflow.start_run(run_name="first") as run:
        mlflow.log_params({"depth": 3, "rate": 0.1})
        mlflow.log_metrics({"auc": 0.5}, step=0)
        mlflow.log_metrics({"auc": 0.75, "odd": math.nan}, step=1)
        mlflow.set_tag("team", "größe")
        (tmp_path / "notes.txt").write_text("hello")
        mlflow.log_artifact(str(tmp_path / "notes.txt"), "texts")
    [found] = client.search_runs(
        [run.info.experiment_id], "metrics.auc > 0.7 and params.depth = '3' and tags.team = 'größe'"
    )
    assert found.info.run_id == run.info.run_id
    assert found.info.status == "FINISHED"
    assert found.data.params == {"depth": "3", "rate": "0.1"}
    assert math.isnan(found.data.metrics["odd"])
    history = client.get_metric_history(run.info.run_id, "auc")
    assert [(m.step, m.value) for m in history] == [(0, 0.5), (1, 0.75)]
    assert [f.path for f in client.list_artifacts(run.info.run_id, "texts")] == ["texts/notes.txt"]
    local = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="texts")
    with open(f"{local}/notes.txt") as f:
        assert f.read() == "hello"


def test_a_param_does_not_change(client):
    run = client.create_run("0")
    client.log_param(run.info.run_id, "p", "a")
    client.log_param(run.info.run_id, "p", "a")
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        client.log_param(run.info.run_id, "p", "b")


def test_experiments_are_paged_deleted_and_restored(client):
    ids = [client.create_experiment(f"e{i}") for i in range(5)]
    page = client.search_experiments(max_results=3)
    rest = client.search_experiments(max_results=3, page_token=page.token)
    names = [e.name for e in [*page, *rest]]
    assert (len(page), names[-1]) == (3, "Default")
    # Not their order: some may be of the same millisecond.
    assert set(names) == {"e4", "e3", "e2", "e1", "e0", "Default"}
    client.delete_experiment(ids[0])
    assert client.get_experiment(ids[0]).lifecycle_stage == "deleted"
    client.restore_experiment(ids[0])
    assert client.get_experiment(ids[0]).lifecycle_stage == "active"


def test_a_version_is_registered_named_and_read(client):
    run = client.create_run("0")
    client.create_registered_model("m", tags={"owner": "ana"}, description="d")
    version = client.create_model_version("m", f"{run.info.artifact_uri}/model", run.info.run_id)
    assert version.version in (1, "1")
    client.set_registered_model_alias("m", "champion", "1")
    named = client.get_model_version_by_alias("m", "champion")
    assert (str(named.version), named.run_id) == ("1", run.info.run_id)
    client.set_model_version_tag("m", "1", "k", "v")
    [found] = client.search_model_versions("name = 'm' and tags.k = 'v'")
    assert str(found.version) == "1"
    with pytest.raises(MlflowException, match="not found"):
        client.get_model_version("m", "2")
