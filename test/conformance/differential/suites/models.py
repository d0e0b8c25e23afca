"""Searches over logged models."""

import time

from suites.filters import NUMERIC, TEXT, Field, filter_text

MLFLOW = "/api/2.0/mlflow"
TEXTS = ["a", "A", "ab", "a_b", "ä", "10"]
LISTS = ["IN", "NOT IN"]
FIELDS = [
    Field(["name", "attributes.name", "attributes.`name`"], ["m1", "M1", "m_2", "ä"], TEXT + LISTS),
    Field(["model_type", "attributes.model_type"], ["Agent", "Classifier"], TEXT + LISTS),
    Field(["status", "attributes.status"], ["READY", "PENDING", "FAILED", "UPLOAD_FAILED"], TEXT + LISTS),
    Field(["source_run_id"], ["§lrun0", "none"], ["=", "!=", *LISTS], ids=True),
    Field(["model_id"], ["§model0", "§model1"], ["=", "!=", *LISTS], ids=True),
    Field(["creation_timestamp", "creation_time", "last_updated_timestamp", "attributes.creation_timestamp"], [0, 99999999999999], NUMERIC, numeric=True),
    Field(["params.p1", "params.`p 2`", "params.none"], TEXTS, TEXT + LISTS),
    Field(["tags.t1", "tags.`t 2`", "tags.none"], TEXTS, TEXT + LISTS),
    Field(["metrics.acc", "metrics.`b c`", "metrics.none"], [0, 1, 0.5, -1], NUMERIC, numeric=True),
    Field(["zzz", "metric.acc", "param.p1", "tag.t1"], [1], NUMERIC, numeric=True),
]
ORDERS = ["name", "creation_timestamp", "creation_time", "last_updated_timestamp", "metrics.acc", "metrics.`b c`", "metrics.none", "attributes.name", "model_type", "status", "zzz", "params.p1", ""]
STATUSES = ["LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_PENDING"]


def seed(pair, draw):
    experiments = []
    for i in range(2):
        body = {"name": f"models {i} {draw.random()}"}
        pick = lambda answer: answer["experiment_id"]
        experiments.append(pair.make(f"lexp{i}", pick, "POST", f"{MLFLOW}/experiments/create", body=body))
    pick = lambda answer: answer["run"]["info"]["run_id"]
    run = pair.make("lrun0", pick, "POST", f"{MLFLOW}/runs/create", body={"experiment_id": experiments[0], "start_time": 5, "run_name": "r"})
    for i in range(14):
        body = {"experiment_id": draw.choice(experiments), "name": draw.choice(["m1", "M1", "m_2", "ä"])}
        if draw.random() < 0.6:
            body["model_type"] = draw.choice(["Agent", "Classifier"])
        if draw.random() < 0.5:
            body["source_run_id"] = run
        body["params"] = [{"key": k, "value": draw.choice(TEXTS)} for k in ["p1", "p 2"] if draw.random() < 0.6]
        body["tags"] = [{"key": k, "value": draw.choice(TEXTS)} for k in ["t1", "t 2"] if draw.random() < 0.6]
        pick = lambda answer: answer["model"]["info"]["model_id"]
        model = pair.make(f"model{i}", pick, "POST", f"{MLFLOW}/logged-models", body=body)
        time.sleep(0.004)
        points = [
            {"key": k, "value": draw.choice([0, 1, 0.5, -1]), "timestamp": draw.choice([1, 2]), "step": step, "model_id": model,
             **draw.choice([{}, {"dataset_name": "d1", "dataset_digest": "g1"}, {"dataset_name": "d2", "dataset_digest": "g2"}])}
            # Two points of one key and step, and NaN, are an error and 0 to MLflow.
            for step, k in enumerate(["acc", "acc", "b c"]) if draw.random() < 0.7
        ]
        pair.check("POST", f"{MLFLOW}/runs/log-batch", body={"run_id": run, "metrics": points})
        if draw.random() < 0.6:
            pair.check("PATCH", f"{MLFLOW}/logged-models/{model}", body={"model_id": model, "status": draw.choice(STATUSES)})
        if draw.random() < 0.15:
            pair.check("DELETE", f"{MLFLOW}/logged-models/{model}")
        pair.check("GET", f"{MLFLOW}/logged-models/{model}")
    return experiments


def run(pair, draw, cases, until):
    experiments = seed(pair, draw)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        body = {"experiment_ids": draw.sample(experiments, draw.choice([1, 2]))}
        if draw.random() < 0.85:
            body["filter"] = filter_text(draw, FIELDS)
        if draw.random() < 0.6:
            body["order_by"] = [order(draw) for _ in range(draw.choice([0, 1, 1, 2]))]
        if draw.random() < 0.25:
            body["datasets"] = [draw.choice([{"dataset_name": "d1"}, {"dataset_name": "d2", "dataset_digest": "g2"}, {"dataset_name": "d1", "dataset_digest": "gx"}, {"dataset_digest": "g1"}, {}])]
        if draw.random() < 0.2:
            body["max_results"] = draw.choice([1, 3])
            pair.pages("POST", f"{MLFLOW}/logged-models/search", body, 8)
            continue
        if draw.random() < 0.1:
            body["max_results"] = draw.choice([0, -1, 50, 1000])
        pair.check("POST", f"{MLFLOW}/logged-models/search", body=body, label="logged-models/search")


def order(draw):
    clause = {"field_name": draw.choice(ORDERS)}
    if draw.random() < 0.7:
        clause["ascending"] = draw.choice([True, False])
    if draw.random() < 0.2:
        clause["dataset_name"] = draw.choice(["d1", "d2"])
        if draw.random() < 0.5:
            clause["dataset_digest"] = "g1"
    return clause
