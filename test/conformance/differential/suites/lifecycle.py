"""Random sequences of changes to a few experiments and runs, every answer compared."""

import time

MLFLOW = "/api/2.0/mlflow"


def run(pair, draw, cases, until):
    experiments, runs = [], []
    for i in range(2):
        body = {"name": f"life {i} {draw.random()}"}
        pick = lambda answer: answer["experiment_id"]
        experiments.append(pair.make(f"vexp{i}", pick, "POST", f"{MLFLOW}/experiments/create", body=body))
    for i in range(4):
        body = {"experiment_id": experiments[i % 2], "start_time": i, "run_name": f"r{i}"}
        pick = lambda answer: answer["run"]["info"]["run_id"]
        runs.append(pair.make(f"vrun{i}", pick, "POST", f"{MLFLOW}/runs/create", body=body))
    for _ in range(cases):
        if time.monotonic() > until:
            return
        step(pair, draw, experiments, runs)


def step(pair, draw, experiments, runs):
    experiment = {"experiment_id": draw.choice(experiments + ["999999"])}
    run = {"run_id": draw.choice(runs + ["0" * 32])}
    key, value = draw.choice(["a", "b", "mlflow.runName", "mlflow.user"]), draw.choice(["1", "2", "", "ä"])
    tag = {"key": key, "value": value}
    point = {"key": key[:1], "value": draw.choice([0, 1, "NaN"]), "timestamp": draw.randint(0, 3), "step": draw.randint(0, 2)}
    posts = [
        ("/experiments/delete", experiment),
        ("/experiments/restore", experiment),
        ("/experiments/update", {**experiment, "new_name": draw.choice(["Default", f"n {draw.random()}", "life taken"])}),
        ("/experiments/set-experiment-tag", {**experiment, **tag}),
        ("/experiments/delete-experiment-tag", {**experiment, "key": key}),
        ("/runs/delete", run),
        ("/runs/restore", run),
        ("/runs/restore", run),
        ("/runs/update", {**run, "status": draw.choice(["RUNNING", "FINISHED", "FAILED", "KILLED", "SCHEDULED", 3]), "end_time": draw.choice([0, 5, None])}),
        ("/runs/update", {**run, "run_name": draw.choice(["", "x", "y", " "])}),
        ("/runs/set-tag", {**run, **tag}),
        ("/runs/delete-tag", {**run, "key": key}),
        ("/runs/log-parameter", {**run, **tag}),
        ("/runs/log-metric", {**run, **point}),
        ("/runs/log-batch", {**run, "params": [tag, {"key": "c", "value": value}], "metrics": [point], "tags": [tag]}),
        ("/runs/create", {**experiment, "start_time": 1, "run_name": draw.choice(["n", "m"]), "tags": [tag]}),
        ("/runs/log-inputs", {**run, "datasets": [{"dataset": {"name": "d", "digest": draw.choice(["1", "2"]), "source_type": "t", "source": "s"}, "tags": [tag]}]}),
    ]
    reads = [("/experiments/get", experiment), ("/runs/get", run), ("/runs/get", run), ("/metrics/get-history", {**run, "metric_key": "a"})]
    if draw.random() < 0.7:
        path, body = draw.choice(posts)
        pair.check("POST", MLFLOW + path, body=body)
    else:
        path, query = draw.choice(reads)
        pair.check("GET", MLFLOW + path, query=query)
