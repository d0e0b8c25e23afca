"""Models, and what they learned from, as the newest client logs them: by hand, by itself, from the command line."""

import json
import os
import subprocess
import sys

import mlflow
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

X, y = load_iris(return_X_y=True, as_frame=True)


def fitted(strength):
    return LogisticRegression(C=strength, max_iter=500).fit(X, y)


@pytest.fixture
def autologging(client):
    mlflow.sklearn.autolog(max_tuning_runs=3)
    yield client
    mlflow.sklearn.autolog(disable=True)


def test_autologging_logs_params_metrics_data_and_the_model(autologging):
    client: MlflowClient = autologging
    experiment = mlflow.set_experiment("by itself").experiment_id
    with mlflow.start_run() as run:
        model = fitted(0.5)
        assert model.score(X, y) > 0.9
    found = client.get_run(run.info.run_id)
    assert (found.data.params["C"], found.data.params["max_iter"]) == ("0.5", "500")
    assert found.data.metrics["training_accuracy_score"] > 0.9
    # What is scored later is logged, too.
    assert any(key.startswith("LogisticRegression_score") for key in found.data.metrics)
    assert found.data.tags["estimator_name"] == "LogisticRegression"
    [data] = [one for one in found.inputs.dataset_inputs if one.tags[0].value == "train"]
    assert '"num_rows": 150' in data.dataset.profile
    assert "estimator.html" in {file.path for file in client.list_artifacts(run.info.run_id)}
    [logged] = mlflow.search_logged_models(experiment_ids=[experiment], output_format="list")
    assert [output.model_id for output in found.outputs.model_outputs] == [logged.model_id]
    assert logged.status == "READY"
    again = mlflow.sklearn.load_model(logged.model_uri)
    assert list(again.predict(X)) == list(model.predict(X))


def test_autologging_logs_a_search_with_its_best_trials(autologging):
    experiment = mlflow.set_experiment("search").experiment_id
    GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.01, 0.1, 1.0, 10.0]}, cv=2).fit(X, y)
    runs = mlflow.search_runs([experiment], output_format="list", order_by=["start_time ASC"])
    [parent] = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert {"best_C", "best_cv_score"} <= parent.data.params.keys() | parent.data.metrics.keys()
    trials = mlflow.search_runs(
        [experiment],
        f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'",
        order_by=["metrics.mean_test_score DESC"],
        output_format="list",
    )
    assert len(trials) == 3
    assert trials[0].data.params["C"] == parent.data.params["best_C"]


def test_a_model_is_logged_compared_registered_and_loaded(client):
    experiment = mlflow.set_experiment("by hand").experiment_id
    data = mlflow.data.from_pandas(X.assign(target=y), name="iris", targets="target")
    made = {}
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training")
        for name, strength in (("weak", 0.001), ("strong", 1.0)):
            model = fitted(strength)
            made[name] = mlflow.sklearn.log_model(
                model, name=name, params={"C": strength}, input_example=X.head(2), tags={"kind": name}
            )
            score = model.score(X, y)
            mlflow.log_metric("accuracy", score, model_id=made[name].model_id, dataset=data)
    best = mlflow.search_logged_models(
        experiment_ids=[experiment],
        filter_string="metrics.accuracy > 0.5 AND tags.kind != 'none'",
        datasets=[{"dataset_name": "iris", "dataset_digest": data.digest}],
        order_by=[{"field_name": "metrics.accuracy", "ascending": False}],
        output_format="list",
    )
    assert [model.name for model in best] == ["strong", "weak"]
    assert best[0].params == {"C": "1.0"}
    # The client gives a model what its run has at that step, too: without the data.
    about = {(metric.dataset_name, metric.run_id) for metric in best[0].metrics}
    assert ("iris", run.info.run_id) in about
    frame = mlflow.search_logged_models(experiment_ids=[experiment], filter_string="name = 'weak'")
    assert list(frame.model_id) == [made["weak"].model_id]

    version = mlflow.register_model(made["strong"].model_uri, "iris")
    client.set_registered_model_alias("iris", "champion", version.version)
    named = client.get_model_version_by_alias("iris", "champion")
    assert (named.source, named.run_id) == (made["strong"].model_uri, run.info.run_id)
    told = mlflow.get_logged_model(made["strong"].model_id).tags["mlflow.modelVersions"]
    # Server and client both write it down.
    assert {(one["name"], str(one["version"])) for one in json.loads(told)} == {("iris", "1")}
    loaded = mlflow.pyfunc.load_model("models:/iris@champion")
    assert loaded.metadata.signature.inputs.input_names() == list(X.columns)
    assert list(loaded.predict(X.head(5))) == list(y.head(5))

    client.delete_logged_model(made["weak"].model_id)
    with pytest.raises(MlflowException, match="not found"):
        mlflow.get_logged_model(made["weak"].model_id)


def test_a_dataset_is_found_by_its_digest_and_read_from_its_run(client):
    mlflow.set_experiment("data")
    data = mlflow.data.from_pandas(pd.DataFrame({"größe": [1, 2], "b": ["x", None]}), name="small")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="validation", tags={"split": "2"})
    [found] = client.search_runs(
        [run.info.experiment_id], f"datasets.digest = '{data.digest}' AND dataset.context = 'validation'"
    )
    [read] = found.inputs.dataset_inputs
    assert {tag.key: tag.value for tag in read.tags} == {"mlflow.data.context": "validation", "split": "2"}
    assert (read.dataset.name, read.dataset.digest) == ("small", data.digest)
    assert "größe" in read.dataset.schema or "gr\\u00f6" in read.dataset.schema


def test_a_model_from_elsewhere_is_told_of_tagged_and_finalized(client):
    mlflow.set_experiment("elsewhere")
    model = mlflow.create_external_model(name="agent", model_type="agent", params={"p": "x" * 500})
    mlflow.set_logged_model_tags(model.model_id, {"team": "ops", "gone": "1"})
    mlflow.delete_logged_model_tag(model.model_id, "gone")
    mlflow.finalize_logged_model(model.model_id, "READY")
    read = mlflow.get_logged_model(model.model_id)
    assert (read.status, read.model_type, read.params) == ("READY", "agent", {"p": "x" * 500})
    assert read.tags["team"] == "ops" and "gone" not in read.tags


def test_the_command_line_makes_finds_and_moves(client, tmp_path):
    def cli(*arguments):
        environment = {**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()}
        done = subprocess.run(
            [sys.executable, "-m", "mlflow", *arguments], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    cli("experiments", "create", "--experiment-name", "from the terminal")
    experiment = client.get_experiment_by_name("from the terminal").experiment_id
    assert "from the terminal" in cli("experiments", "search")
    run = client.create_run(experiment, run_name="terminal").info.run_id
    assert run in cli("runs", "list", "--experiment-id", experiment)
    (tmp_path / "notes.txt").write_text("hello")
    cli("artifacts", "log-artifact", "--local-file", str(tmp_path / "notes.txt"), "--run-id", run)
    assert "notes.txt" in cli("artifacts", "list", "--run-id", run)
    cli("artifacts", "download", "--run-id", run, "--artifact-path", "notes.txt", "--dst-path", str(tmp_path / "got"))
    assert (tmp_path / "got" / "notes.txt").read_text() == "hello"
    cli("runs", "delete", "--run-id", run)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    assert client.search_runs([experiment]) == []
