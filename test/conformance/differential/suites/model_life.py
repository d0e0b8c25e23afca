"""Random sequences of changes to a few logged models and runs of one experiment, every answer compared."""

import time

MLFLOW = "/api/2.0/mlflow"
STATUSES = ["LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_PENDING", 1, 2, 3, "2", "nothing", 99]


def posts(draw, experiment, run, model):
    key = draw.choice(["a", "b", "c"])
    pair = {"key": key, "value": draw.choice(["1", "2", "", "ä", "x" * 8000])}
    # MLflow keeps one value of a model at a time and a step, and refuses others.
    point = {"key": key, "value": draw.choice([0, 1.5, "Infinity"]), "timestamp": draw.randrange(10**9), "step": draw.randint(0, 2)}
    path = f"/logged-models/{model}"
    return [
        ("PATCH", path, {"model_id": model, "status": draw.choice(STATUSES)}),
        ("PATCH", f"{path}/tags", {"tags": [pair, {"key": "d", "value": "1"}]}),
        ("PATCH", f"{path}/tags", {"tags": [pair, {**pair, "value": "again"}]}),
        ("DELETE", f"{path}/tags/{key}", None),
        ("DELETE", f"{path}/tags/none", None),
        ("POST", f"{path}/params", {"model_id": model, "params": [{"key": f"{key}{draw.randrange(10**6)}", "value": "v"}]}),
        ("POST", "/runs/log-metric", {"run_id": run, **point, "model_id": model}),
        ("POST", "/runs/log-metric", {"run_id": run, **point, "model_id": model, "dataset_name": "d", "dataset_digest": draw.choice(["1", "2"])}),
        ("POST", "/runs/outputs", {"run_id": run, "models": [{"model_id": model, "step": draw.randint(0, 5)}]}),
        ("POST", "/runs/log-inputs", {"run_id": run, "models": [{"model_id": model}]}),
        ("DELETE", path, None) if draw.random() < 0.3 else ("GET", path, None),
        ("POST", "/experiments/delete", {"experiment_id": experiment}) if draw.random() < 0.1 else ("POST", "/experiments/restore", {"experiment_id": experiment}),
    ]


def setting(pair, draw):
    """An experiment with runs and models."""
    pick = lambda answer: answer["experiment_id"]
    experiment = pair.make("mlexp", pick, "POST", f"{MLFLOW}/experiments/create", body={"name": f"model life {draw.random()}"})
    runs, models = [], []
    for i in range(2):
        body = {"experiment_id": experiment, "start_time": i, "run_name": f"r{i}"}
        pick = lambda answer: answer["run"]["info"]["run_id"]
        runs.append(pair.make(f"mlrun{i}", pick, "POST", f"{MLFLOW}/runs/create", body=body))
    for i in range(3):
        body = {"experiment_id": experiment, "name": f"m{i}", "source_run_id": draw.choice(runs), "params": [{"key": "p", "value": "1"}]}
        pick = lambda answer: answer["model"]["info"]["model_id"]
        models.append(pair.make(f"mlmodel{i}", pick, "POST", f"{MLFLOW}/logged-models", body=body))
    return experiment, runs, models


def run(pair, draw, cases, until):
    experiment, runs, models = setting(pair, draw)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        if pair.parted:
            # What one server wrote and the other did not is never read.
            experiment, runs, models = setting(pair, draw)
        run_id, model = draw.choice(runs), draw.choice(models + ["m-none"] if draw.random() < 0.1 else models)
        if draw.random() < 0.65:
            method, path, body = draw.choice(posts(draw, experiment, run_id, model))
        else:
            method, path, body = draw.choice([
                ("GET", f"/logged-models/{model}", None),
                ("GET", f"/logged-models/{model}?allow_deleted=true", None),
                ("GET", f"/runs/get?run_id={run_id}", None),
                ("POST", "/logged-models/search", {"experiment_ids": [experiment], "order_by": [{"field_name": "name", "ascending": draw.choice([True, False])}]}),
                ("POST", "/logged-models/search", {"experiment_ids": [experiment], "filter": draw.choice(["metrics.a > 0", "tags.a = '1'", "status = 'READY'", "params.p = '1'", "name = 'm1'"]), "order_by": [{"field_name": "name"}]}),
            ])
        pair.check(method, MLFLOW + path, body=body, label=f"model life {method} {path.split('§')[0]}")
