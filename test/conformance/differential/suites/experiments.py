"""Searches over experiments."""

import time

from suites.filters import NUMERIC, TEXT, Field, filter_text, order_list

MLFLOW = "/api/2.0/mlflow"
NAMES = ["alpha", "Alpha", "beta", "be_ta", "be%ta", "ä ö", "日本", "x'y", "a.b", "10"]
TEXTS = ["a", "A", "ab", "a%b", "", "ä", "10"]
FIELDS = [
    Field(["name", "attributes.name", "attribute.name", "attr.name"], NAMES + ["Default"], TEXT),
    Field(["creation_time", "attributes.creation_time", "last_update_time", "attributes.last_update_time"], [0, 99999999999999, 1000], NUMERIC, numeric=True),
    Field(["tags.t1", "tag.t1", "tags.`t1`", "tags.`t 2`", "tags.none", "tags.a.b"], TEXTS, TEXT + ["IS NULL", "IS NOT NULL"]),
    Field(["experiment_id", "attributes.experiment_id", "artifact_location", "lifecycle_stage", "attributes.tags"], ["1"], TEXT),
]
ORDERS = ["name", "attributes.name", "experiment_id", "creation_time", "last_update_time", "attributes.creation_time", "tags.t1", "zzz", "artifact_location"]


def run(pair, draw, cases, until):
    suffix = str(draw.random())
    for i, name in enumerate(NAMES):
        tags = [{"key": k, "value": draw.choice(TEXTS)} for k in ["t1", "t 2", "a.b"] if draw.random() < 0.6]
        body = {"name": f"{name}{suffix if i % 2 else ''}", "tags": tags}
        alias = f"sexp{i}{suffix[2:]}"
        pair.make(alias, lambda answer: answer["experiment_id"], "POST", f"{MLFLOW}/experiments/create", body=body)
        time.sleep(0.005)
        if draw.random() < 0.25:
            pair.check("POST", f"{MLFLOW}/experiments/delete", body={"experiment_id": f"§{alias}"})
            time.sleep(0.005)
        if draw.random() < 0.25:
            pair.check("POST", f"{MLFLOW}/experiments/restore", body={"experiment_id": f"§{alias}"})
    for _ in range(cases):
        if time.monotonic() > until:
            return
        body = {"max_results": draw.choice([100, 100, 5000, 1, 3])}
        if draw.random() < 0.85:
            body["filter"] = filter_text(draw, FIELDS)
        if draw.random() < 0.6:
            body["order_by"] = order_list(draw, ORDERS)
        if draw.random() < 0.5:
            body["view_type"] = draw.choice(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"])
        if draw.random() < 0.1:
            body["max_results"] = draw.choice([0, -1, 50000, 50001])
        if body["max_results"] in (1, 3):
            pair.pages("POST", f"{MLFLOW}/experiments/search", body, 6)
        elif draw.random() < 0.3:
            pair.check("GET", f"{MLFLOW}/experiments/search", query=body)
        else:
            pair.check("POST", f"{MLFLOW}/experiments/search", body=body)
