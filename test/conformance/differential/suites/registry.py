"""Searches over registered models and their versions."""

import time

from suites.filters import NUMERIC, TEXT, Field, filter_text, order_list

MLFLOW = "/api/2.0/mlflow"
NAMES = ["alpha", "Alpha", "beta", "be_ta", "be%ta", "ä ö", "日本", "a.b", "10"]
TEXTS = ["a", "A", "ab", "a%b", "", "ä", "10"]
MODEL_FIELDS = [
    Field(["name", "attributes.name"], NAMES, TEXT + ["IN"]),
    Field(["tags.t1", "tag.t1", "tags.`t1`", "tags.`t 2`", "tags.none", "tags.a.b", "tags.`mlflow.prompt.is_prompt`"], TEXTS + ["true"], TEXT),
    Field(["creation_timestamp", "last_updated_timestamp", "user_id"], [1000], NUMERIC, numeric=True),
]
VERSION_FIELDS = [
    Field(["name"], NAMES, TEXT + ["IN"]),
    Field(["version_number"], [0, 1, 2, 3], NUMERIC, numeric=True),
    Field(["run_id"], ["§rrun0", "§rrun1", "none", ""], ["=", "!=", "IN", "NOT IN"], ids=True),
    Field(["source_path"], ["s3://bucket/a", "s3://bucket/b", "s3://bucket/%"], TEXT),
    Field(["tags.t1", "tag.t1", "tags.`t1`", "tags.`t 2`", "tags.none", "tags.a.b"], TEXTS, TEXT),
    Field(["creation_timestamp", "last_updated_timestamp"], [0, 1000, 99999999999999], NUMERIC, numeric=True),
    Field(["attributes.name", "current_stage", "status", "aliases"], ["1", "None"], TEXT),
]
MODEL_ORDERS = ["name", "timestamp", "last_updated_timestamp", "creation_timestamp", "tags.t1", "zzz", "attributes.name", "version_number"]
VERSION_ORDERS = ["name", "version_number", "creation_timestamp", "last_updated_timestamp", "timestamp", "zzz", "run_id", "source_path", "attributes.name"]
STAGES = ["None", "Staging", "Production", "Archived", "staging", "PRODUCTION", "zzz", ""]


def seed(pair, draw):
    for i in range(2):
        pick = lambda answer: answer["run"]["info"]["run_id"]
        pair.make(f"rrun{i}", pick, "POST", f"{MLFLOW}/runs/create", body={"experiment_id": "0", "start_time": 5, "run_name": "r"})
    for name in NAMES:
        tags = [{"key": k, "value": draw.choice(TEXTS)} for k in ["t1", "t 2", "a.b"] if draw.random() < 0.6]
        if name == "10":
            tags.append({"key": "mlflow.prompt.is_prompt", "value": "true"})
        pair.check("POST", f"{MLFLOW}/registered-models/create", body={"name": name, "tags": tags, "description": draw.choice(["", "about", "ä"])})
        time.sleep(0.004)
        for _ in range(draw.randint(0, 4)):
            tags = [{"key": k, "value": draw.choice(TEXTS)} for k in ["t1", "t 2", "a.b"] if draw.random() < 0.5]
            body = {"name": name, "source": draw.choice(["s3://bucket/a", "s3://bucket/b"]), "tags": tags}
            if draw.random() < 0.6:
                body["run_id"] = draw.choice(["§rrun0", "§rrun1"])
            pair.check("POST", f"{MLFLOW}/model-versions/create", body=body)
            time.sleep(0.004)
    for _ in range(30):
        change(pair, draw)
        time.sleep(0.003)


def change(pair, draw):
    name = draw.choice(NAMES + ["none"])
    version = str(draw.choice([1, 1, 2, 3, 9, "x", "01", "-1"]))
    which = draw.randrange(13)
    both = {"name": name, "version": version}
    if which == 0:
        body = {**both, "stage": draw.choice(STAGES), "archive_existing_versions": draw.choice([True, False])}
        pair.check("POST", f"{MLFLOW}/model-versions/transition-stage", body=body)
    elif which == 1:
        pair.check("PATCH", f"{MLFLOW}/model-versions/update", body={**both, "description": draw.choice(TEXTS)})
    elif which == 2:
        pair.check("POST", f"{MLFLOW}/model-versions/set-tag", body={**both, "key": "t1", "value": draw.choice(TEXTS)})
    elif which == 3:
        pair.check("DELETE", f"{MLFLOW}/model-versions/delete-tag", body={**both, "key": draw.choice(["t1", "none"])})
    elif which == 4:
        body = {**both, "alias": draw.choice(["champion", "A", "latest", "v1", "V2", "a b", "ä", "x" * 255, "x" * 256, ""])}
        pair.check("POST", f"{MLFLOW}/registered-models/alias", body=body)
    elif which == 5:
        pair.check("DELETE", f"{MLFLOW}/registered-models/alias", body={"name": name, "alias": draw.choice(["champion", "A", "none"])})
    elif which == 6:
        pair.check("GET", f"{MLFLOW}/registered-models/alias", query={"name": name, "alias": draw.choice(["champion", "A", "none", "latest"])})
    elif which == 7:
        pair.check("GET", f"{MLFLOW}/model-versions/get", query=both)
    elif which == 8:
        pair.check("GET", f"{MLFLOW}/registered-models/get", query={"name": name})
    elif which == 9:
        body = {"name": name}
        if draw.random() < 0.6:
            body["stages"] = draw.sample(STAGES, draw.randint(0, 3))
        pair.check("POST", f"{MLFLOW}/registered-models/get-latest-versions", body=body)
    elif which == 10:
        pair.check("GET", f"{MLFLOW}/model-versions/get-download-uri", query=both)
    elif which == 11:
        pair.check("POST", f"{MLFLOW}/registered-models/set-tag", body={"name": name, "key": "t1", "value": draw.choice(TEXTS)})
    elif draw.random() < 0.3:
        pair.check("DELETE", f"{MLFLOW}/model-versions/delete", body=both)
    else:
        pair.check("PATCH", f"{MLFLOW}/registered-models/update", body={"name": name, "description": draw.choice(TEXTS)})


def run(pair, draw, cases, until):
    seed(pair, draw)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        if draw.random() < 0.25:
            change(pair, draw)
            continue
        models = draw.random() < 0.5
        path = f"{MLFLOW}/{'registered-models' if models else 'model-versions'}/search"
        query = {}
        if draw.random() < 0.9:
            query["filter"] = filter_text(draw, MODEL_FIELDS if models else VERSION_FIELDS)
        if draw.random() < 0.5:
            query["order_by"] = order_list(draw, MODEL_ORDERS if models else VERSION_ORDERS)
        if draw.random() < 0.2:
            query["max_results"] = draw.choice([1, 2, 4])
            pair.pages("GET", path, query, 8)
            continue
        if draw.random() < 0.1:
            query["max_results"] = draw.choice([0, -1, 1000, 1001, 200000, 200001])
        pair.check("GET", path, query=query)
