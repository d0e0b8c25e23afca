"""Datasets and models that runs read and made: noted by several runs, told again, changed, searched for."""

import json
import time

API = "/api/2.0/mlflow"
NAMES = ["d1", "d2", "D1", "ä b"]
DIGESTS = ["g1", "g2"]
CONTEXTS = ["train", "eval", "Train", ""]
FIELDS = ["name", "digest", "context"]


def dataset(draw):
    one = {"name": draw.choice(NAMES), "digest": draw.choice(DIGESTS), "source_type": draw.choice(["local", "s3"]), "source": draw.choice(["{}", "s", '{"uri": "x"}'])}
    if draw.random() < 0.5:
        one["schema"] = draw.choice(["{}", "", '{"a": 1}'])
    if draw.random() < 0.5:
        one["profile"] = draw.choice(["{}", "", "p"])
    return one


def read(draw):
    tags = [{"key": "mlflow.data.context", "value": draw.choice(CONTEXTS)}] if draw.random() < 0.7 else []
    if draw.random() < 0.3:
        tags.append({"key": draw.choice(["a", "ä", "a b"]), "value": draw.choice(["1", ""])})
    return {"dataset": dataset(draw), **({"tags": tags} if tags or draw.random() < 0.5 else {})}


def setting(pair, draw):
    experiments, runs, models = [], [], []
    for i in range(2):
        pick = lambda answer: answer["experiment_id"]
        experiments.append(pair.make(f"nexp{i}", pick, "POST", f"{API}/experiments/create", body={"name": f"inputs {i} {draw.random()}"}))
    for i in range(5):
        pick = lambda answer: answer["run"]["info"]["run_id"]
        runs.append(pair.make(f"nrun{i}", pick, "POST", f"{API}/runs/create", body={"experiment_id": experiments[i % 2], "start_time": i, "run_name": f"r{i}"}))
    for i in range(3):
        pick = lambda answer: answer["model"]["info"]["model_id"]
        models.append(pair.make(f"nmodel{i}", pick, "POST", f"{API}/logged-models", body={"experiment_id": experiments[i % 2], "name": f"m{i}"}))
    return experiments, runs, models


def summaries(pair, draw, experiments):
    """The filters of the interface; no server orders them."""
    ids = draw.choice([[draw.choice(experiments)], experiments, experiments[:1] * 2, [], ["999999"], experiments[:1] * 20, experiments[:1] * 21])
    body = draw.choice([{"experiment_ids": ids}] * 8 + [{}, {"experiment_ids": None}, {"experiment_ids": experiments[0]}])
    path = "/ajax-api/2.0/mlflow/experiments/search-datasets"
    answers = pair.both("POST", path, body=body)
    for answer in answers:
        if "dataset_summaries" in answer.body:
            answer.body["dataset_summaries"].sort(key=lambda one: json.dumps(one, sort_keys=True))
    pair.report.case("search-datasets", "POST", path, {"body": body}, *answers)


def model_json(draw, run_id):
    model = {"run_id": run_id, "artifact_path": draw.choice(["model", "a/b"]), "utc_time_created": draw.choice(["2024-01-01 00:00:00.000000", "x"]), "flavors": draw.choice([{}, {"sklearn": {"code": None, "v": "1.0"}}, {"python_function": {"config": {"a": 1}, "loader_module": "x"}}, {"f": "text", "g": {"n": [1, 2.50, True]}}])}
    model |= draw.choice([{}, {"model_uuid": "u"}, {"mlflow_version": "1.30.0"}, {"metadata": {"a": 1}}, {"model_size_bytes": 5}, {"nonsense": [1]}, {"utc_time_created": 5}, {"flavors": None}, {"run_id": None}, {"artifact_path": None}, {"signature": {"inputs": '[{"name": "a", "type": "double"}]', "outputs": None}}])
    if draw.random() < 0.15:
        del model[draw.choice(list(model))]
    items = list(model.items())
    draw.shuffle(items)
    return json.dumps(dict(items))


def search(draw, experiments):
    conditions = []
    for _ in range(draw.choice([1, 1, 2])):
        field = draw.choice(FIELDS)
        value = draw.choice({"name": NAMES, "digest": DIGESTS, "context": CONTEXTS}[field])
        operator = draw.choice(["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"])
        shown = f"('{value}', 'x')" if "IN" in operator and "LIKE" not in operator else f"'{value}'"
        conditions.append(f"{draw.choice(['dataset', 'datasets'])}.{field} {operator} {shown}")
    return {"experiment_ids": draw.choice([experiments, experiments[:1]]), "filter": " AND ".join(conditions), "order_by": draw.choice([[], ["attributes.run_name DESC"]])}


def run(pair, draw, cases, until):
    experiments, runs, models = setting(pair, draw)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        if pair.parted:
            experiments, runs, models = setting(pair, draw)
        run_id = draw.choice(runs)
        which = draw.randrange(12)
        if which < 4:
            body = {"run_id": run_id, "datasets": [read(draw) for _ in range(draw.choice([0, 1, 1, 2, 3]))]}
            if draw.random() < 0.3:
                body["models"] = [{"model_id": draw.choice([*models, "m-none"])} for _ in range(draw.randint(0, 2))]
            pair.check("POST", f"{API}/runs/log-inputs", label="log inputs", body=body)
        elif which == 4:
            chosen = draw.sample(models, draw.randint(0, 2))
            pair.check("POST", f"{API}/runs/outputs", label="log outputs", body={"run_id": run_id, "models": [{"model_id": one, **draw.choice([{}, {"step": 0}, {"step": 3}])} for one in chosen]})
        elif which == 5:
            pair.check("POST", f"{API}/runs/log-model", label="log model", body={"run_id": run_id, "model_json": draw.choice([model_json(draw, run_id)] * 9 + ["{", "[]", '"x"', "null", "5"])})
        elif which < 8:
            pair.check("GET", f"{API}/runs/get", label="run with inputs", query={"run_id": run_id})
        elif which == 8:
            summaries(pair, draw, experiments)
        elif which < 11:
            pair.check("POST", f"{API}/runs/search", label="search by datasets", body=search(draw, experiments))
        else:
            path = draw.choice(["/runs/delete", "/runs/restore", "/runs/restore"])
            pair.check("POST", API + path, label=path, body={"run_id": run_id})
