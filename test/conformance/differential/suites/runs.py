"""Searches over runs."""

import time

from suites.filters import NUMERIC, TEXT, Field, filter_text, order_list

MLFLOW = "/api/2.0/mlflow"
TEXTS = ["a", "b", "ab", "A", "Ab", "a%b", "a_b", "a b", "ä", "", "10", "9", "über", "日本", "x'y", "0.5"]
NUMBERS = [0, 1, -1, 0.5, 0.25, 1e-9, 1e10, 3, "NaN", "Infinity", "-Infinity", 2**53]
STATUSES = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]

FIELDS = [
    Field(["metrics.m1", "metric.m1", "metrics.`m1`", 'metrics."m1"', "metrics.m2", "metrics.`m 3`", "metrics.none", "metrics.a.b"], [0, 1, -1, 0.5, 1e-9, 3, 10000000000], NUMERIC, numeric=True),
    Field(["params.p1", "param.p1", "parameters.p1", "params.`p1`", "params.p2", "params.`p 3`", 'params."p 3"', "params.none", "params.a.b"], TEXTS, TEXT + ["IS NULL", "IS NOT NULL"]),
    Field(["tags.t1", "tag.t1", "tags.`t1`", "tags.t2", "tags.`t 3`", "tags.none", "tags.a.b", "tags.`mlflow.runName`", "tags.mlflow.user", "tags.group", "tags.`order`"], TEXTS, TEXT + ["IS NULL", "IS NOT NULL"]),
    Field(["attributes.status", "status", "attribute.status", "attr.status", "run.status"], STATUSES + ["finished"], TEXT),
    Field(["attributes.run_name", "run_name", "attributes.`run name`", "attributes.`Run name`", "`Run Name`"], TEXTS, TEXT),
    Field(["attributes.user_id", "user_id"], ["ana", "bob", ""], TEXT),
    Field(["attributes.run_id", "run_id"], ["§run0", "§run1", "§run2", "none"], ["=", "!=", "IN", "NOT IN"], ids=True),
    Field(["attributes.start_time", "start_time", "created", "attributes.Created"], [0, 990, 1000, 1003, 1600000000000], NUMERIC, numeric=True),
    Field(["attributes.end_time", "end_time"], [0, 1000, 5000], NUMERIC, numeric=True),
    Field(["attributes.artifact_uri", "artifact_uri"], ["mlflow-artifacts:/%"], ["LIKE", "ILIKE", "!="]),
    Field(["datasets.name", "dataset.name"], ["d1", "d2", "none"], TEXT + ["IN", "NOT IN"]),
    Field(["datasets.digest", "dataset.digest"], ["g1", "g2"], TEXT + ["IN", "NOT IN"]),
    Field(["datasets.context", "dataset.context"], ["train", "eval", ""], TEXT + ["IN", "NOT IN"]),
]
ORDERS = [
    "metrics.m1", "metrics.m2", "metrics.`m 3`", "metric.m1", "metrics.none", "params.p1", "params.none", "param.p2",
    "tags.t1", "tag.t2", "attributes.start_time", "start_time", "attributes.status", "status", "attributes.run_name",
    "run_name", "attributes.end_time", "end_time", "user_id", "created",
    "attributes.Created", "`Run Name`", "attributes.`run name`", "lifecycle_stage", "attributes.zzz", "zzz",
]


def seed(pair, draw, count):
    experiments = []
    for i in range(3):
        path = f"{MLFLOW}/experiments/create"
        name = f"runs {i} {draw.random()}"
        pick = lambda answer: answer["experiment_id"]
        experiments.append(pair.make(f"exp{i}", pick, "POST", path, body={"name": name}))
    for i in range(count):
        tags = [{"key": k, "value": draw.choice(TEXTS)} for k in ["t1", "t2", "t 3", "a.b", "group", "order"] if draw.random() < 0.6]
        body = {
            "experiment_id": draw.choice(experiments),
            # Runs that began together are listed by their ids, which are each server's own.
            "start_time": 990 + i,
            "run_name": draw.choice(TEXTS[:4] + ["ä", "a b"]),
            "user_id": draw.choice(["ana", "bob"]),
            "tags": tags,
        }
        run = pair.make(f"run{i}", lambda answer: answer["run"]["info"]["run_id"], "POST", f"{MLFLOW}/runs/create", body=body)
        metrics = []
        for key in ["m1", "m1", "m2", "m 3", "a.b"]:
            if draw.random() < 0.65:
                point = {"key": key, "value": draw.choice(NUMBERS), "timestamp": draw.choice([1, 2]), "step": draw.choice([0, 1, -1])}
                # Of a batch that has a NaN twice MLflow's database takes nothing.
                if point not in metrics:
                    metrics.append(point)
        params = [{"key": k, "value": draw.choice(TEXTS)} for k in ["p1", "p2", "p 3", "a.b"] if draw.random() < 0.6]
        pair.check("POST", f"{MLFLOW}/runs/log-batch", body={"run_id": run, "metrics": metrics, "params": params, "tags": []})
        if draw.random() < 0.3:
            dataset = {"name": draw.choice(["d1", "d2"]), "digest": draw.choice(["g1", "g2"]), "source_type": "local", "source": "{}", "schema": "{}", "profile": "{}"}
            context = [{"key": "mlflow.data.context", "value": draw.choice(["train", "eval"])}] if draw.random() < 0.8 else []
            pair.check("POST", f"{MLFLOW}/runs/log-inputs", body={"run_id": run, "datasets": [{"dataset": dataset, "tags": context}]})
        if draw.random() < 0.6:
            change = {"run_id": run, "status": draw.choice(STATUSES), "end_time": draw.choice([1000, 5000, 7000])}
            pair.check("POST", f"{MLFLOW}/runs/update", body=change)
        if draw.random() < 0.15:
            pair.check("POST", f"{MLFLOW}/runs/delete", body={"run_id": run})
    return experiments


def run(pair, draw, cases, until):
    experiments = seed(pair, draw, min(40, max(12, cases // 6)))
    for i in range(cases):
        if time.monotonic() > until:
            return
        body = {"experiment_ids": draw.sample(experiments, draw.choice([1, 1, 2, 3]))}
        if draw.random() < 0.9:
            body["filter"] = filter_text(draw, FIELDS)
        if draw.random() < 0.6:
            body["order_by"] = order_list(draw, ORDERS)
        if draw.random() < 0.4:
            body["run_view_type"] = draw.choice(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"])
        if draw.random() < 0.15:
            body["max_results"] = draw.choice([1, 3, 7])
            pair.pages("POST", f"{MLFLOW}/runs/search", body, 8)
        else:
            pair.check("POST", f"{MLFLOW}/runs/search", body=body, label="runs/search")
