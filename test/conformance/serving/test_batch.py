"""Batch inference by models that Python alone can load predicts what Python predicts."""

import os
import re
import time

import mlflow
import numpy as np
import requests

URL = os.environ["SLIPWAY_URL"]
BATCHES = f"{URL}/api/slipway/v1/batch-inference"

# Looks, five a second: an environment may have to be built first.
ATTEMPTS = 3000


def upload(frame, tmp_path, name):
    """Address of a file of the rows, each with an `id`, as an artifact of a run."""
    file = tmp_path / name
    frame.assign(id=[f"row-{i}" for i in range(len(frame))]).to_csv(file, index=False)
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(file))
    refused = requests.post(
        BATCHES, json={"model": "models:/sklearn/1", "input": "s3://x/y", "output": "s3://x/z"}, timeout=60
    )
    bucket = re.search(r"platform's bucket, (s3://[^/]+/)", refused.json()["message"]).group(1)
    place = run.info.artifact_uri.removeprefix("mlflow-artifacts:/").lstrip("/")
    return bucket, f"{bucket}mlflow-artifacts/{place}/{name}"


def ended(body):
    started = requests.post(BATCHES, json=body, timeout=60)
    assert started.ok, started.text
    for _ in range(ATTEMPTS):
        batch = requests.get(f"{BATCHES}/{started.json()['id']}", timeout=60).json()
        if batch["status"] != "RUNNING":
            return batch
        time.sleep(0.2)
    return batch


def test_a_model_of_scikit_learn_scores_a_file(logged, rows, tmp_path):
    bucket, address = upload(rows, tmp_path, "rows.csv")
    batch = ended(
        {
            "model": "models:/sklearn/1",
            "input": address,
            "output": f"{bucket}scored/sklearn",
            "lookup": {"key": "id"},
        }
    )
    assert (batch["status"], batch.get("rows"), batch.get("failed_rows")) == ("SUCCEEDED", 20, 0), batch
    for i, expected in enumerate(logged["sklearn"]):
        found = requests.get(f"{BATCHES}/{batch['id']}/predictions", params={"key": f"row-{i}"}, timeout=60)
        np.testing.assert_allclose(found.json()["prediction"], expected, atol=1e-6)


def test_rows_that_python_refuses_are_told_of_and_an_environment_that_cannot_be_built_fails(
    logged, rows, tmp_path
):
    moods = rows.head(3).assign(mood=["fine", "throw", "fine"])[["mood"]]
    bucket, address = upload(moods, tmp_path, "moods.csv")
    batch = ended({"model": "models:/moody/1", "input": address, "output": f"{bucket}scored/moody"})
    assert (batch["status"], batch["rows"], batch["failed_rows"]) == ("SUCCEEDED", 2, 1), batch
    whole = {"input": address, "output": f"{bucket}scored/impossible"}
    batch = ended({"model": "models:/impossible/1", **whole})
    assert batch["status"] == "FAILED"
    assert "mlflow==0.0.0" in batch["error"]
