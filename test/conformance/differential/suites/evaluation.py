"""Evaluation datasets, scorers and issues."""

import json
import time

from suites.filters import NUMERIC, TEXT, Field, filter_text, order_list

MLFLOW = "/api/3.0/mlflow"
NAMES = ["alpha", "Alpha", "beta", "ä"]
TEXTS = ["a", "A", "ab", "10"]
FIELDS = [
    Field(["name"], NAMES, TEXT),
    Field(["created_by", "last_updated_by"], ["ana", "bob"], TEXT),
    Field(["created_time", "last_update_time"], [0, 99999999999999], NUMERIC, numeric=True),
    Field(["tags.t1", "tags.none"], TEXTS, TEXT),
    Field(["attributes.name", "digest", "zzz"], ["a"], TEXT),
]
ORDERS = ["name", "created_time", "last_update_time", "created_by", "zzz"]
# MLflow does not see a change from 1.0 to True, which are equal in Python.
PLAIN = [1, 1.0, 2.5, "a", "ä", None, False, [1, 2], {"x": 1}]


def record(draw):
    one = {"inputs": {"q": draw.choice(PLAIN[:5])}}
    if draw.random() < 0.5:
        # Texts after dicts are an error of MLflow's server.
        one["outputs"] = {draw.choice("xy"): draw.choice(PLAIN)}
    if draw.random() < 0.5:
        one["expectations"] = {draw.choice("ab"): draw.choice(PLAIN)}
    if draw.random() < 0.5:
        one["tags"] = {draw.choice(["s", "mlflow.user"]): draw.choice(TEXTS)}
    if draw.random() < 0.3:
        one["source"] = {"source_type": draw.choice(["HUMAN", "trace", "CODE"]), "source_data": {"trace_id": "tr-1", "source_id": "s"}}
    return one


def run(pair, draw, cases, until):
    experiments, datasets, issues = [], [], []
    for i in range(2):
        pick = lambda answer: answer["experiment_id"]
        experiments.append(pair.make(f"eexp{i}", pick, "POST", "/api/2.0/mlflow/experiments/create", body={"name": f"evaluation {i} {draw.random()}"}))
    for i in range(6):
        tags = {k: draw.choice(TEXTS) for k in ["t1", "mlflow.user"] if draw.random() < 0.6}
        body = {"name": f"{draw.choice(NAMES)}{i}", "experiment_ids": draw.sample(experiments, draw.randint(0, 2)), "tags": json.dumps(tags, sort_keys=True)}
        pick = lambda answer: answer["dataset"]["dataset_id"].removeprefix("d-")
        datasets.append("d-" + pair.make(f"data{i}", pick, "POST", f"{MLFLOW}/datasets/create", body=body))
        time.sleep(0.004)
    for i in range(8):
        body = {"experiment_id": draw.choice(experiments), "name": f"i{i}", "description": "d", "root_causes": ["a"][: draw.randint(0, 1)], "categories": ["c", "b"][: draw.randint(0, 2)]}
        if draw.random() < 0.7:
            body["severity"] = draw.choice(["not_an_issue", "low", "medium", "high"])
        if draw.random() < 0.5:
            body["status"] = draw.choice(["pending", "rejected", "resolved"])
        pick = lambda answer: answer["issue"]["issue_id"].removeprefix("iss-")
        issues.append("iss-" + pair.make(f"issue{i}", pick, "POST", f"{MLFLOW}/issues", body=body))
        time.sleep(0.004)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        time.sleep(0.002)
        step(pair, draw, experiments, datasets, issues)


def step(pair, draw, experiments, datasets, issues):
    dataset = draw.choice(datasets + ["d-none"])
    issue = draw.choice(issues + ["iss-none"])
    scorer = {"experiment_id": draw.choice(experiments + ["999999"]), "name": draw.choice(["s1", "s2"])}
    which = draw.randrange(20)
    if which < 3:
        records = [record(draw) for _ in range(draw.randint(0, 4))]
        if dataset != "d-none":
            pair.check("POST", f"{MLFLOW}/datasets/{dataset}/records", body={"records": json.dumps(records)})
    elif which < 5:
        answers = pair.both("GET", f"{MLFLOW}/datasets/{dataset}/records", query={})
        for answer in answers:
            if answer.status == 200:
                answer.body["records"] = sorted(json.dumps(plain(one), sort_keys=True) for one in json.loads(answer.raw["records"]))
        pair.report.case("datasets/records", "GET", f"{MLFLOW}/datasets/{dataset}/records", {}, *answers)
    elif which == 5:
        answers = pair.both("GET", f"{MLFLOW}/datasets/{dataset}")
        for answer in answers:
            answer.body.get("dataset", {}).pop("digest", None)
            if answer.status == 200:
                answer.body["dataset"]["tags"] = json.loads(answer.raw["dataset"]["tags"])
        pair.report.case("datasets/get", "GET", f"{MLFLOW}/datasets/{dataset}", {}, *answers)
    elif which == 6:
        pair.check("PATCH", f"{MLFLOW}/datasets/{dataset}/tags", body={"tags": json.dumps({"t1": draw.choice([*TEXTS, None])})})
    elif which == 7:
        pair.check("DELETE", f"{MLFLOW}/datasets/{dataset}/tags/{draw.choice(['t1', 'none'])}")
    elif which == 8:
        pair.check("GET", f"{MLFLOW}/datasets/{dataset}/experiment-ids")
    elif which in (9, 10):
        path = draw.choice(["add-experiments", "remove-experiments"])
        answers = pair.both("POST", f"{MLFLOW}/datasets/{dataset}/{path}", body={"experiment_ids": [draw.choice(experiments + ["999999"])]})
        for answer in answers:
            for field in ("digest", "tags"):
                answer.body.get("dataset", {}).pop(field, None)
        pair.report.case(f"datasets/{path}", "POST", path, {}, *answers)
    elif which == 11:
        body = {"filter_string": filter_text(draw, FIELDS), "order_by": order_list(draw, ORDERS), "experiment_ids": draw.sample(experiments, draw.randint(0, 2))}
        answers = pair.both("POST", f"{MLFLOW}/datasets/search", body=body)
        for answer in answers:
            for one in answer.body.get("datasets", []):
                for field in ("digest", "tags"):
                    one.pop(field, None)
        pair.report.case("datasets/search", "POST", f"{MLFLOW}/datasets/search", {"body": body}, *answers)
    elif which == 12:
        body = {"filter_string": filter_text(draw, [Field(["status"], ["pending", "resolved"], ["=", "!="]), Field(["source_run_id", "name"], ["x"], ["=", "!="])])}
        pair.pages("POST", f"{MLFLOW}/issues/search", {**body, "max_results": draw.choice([2, 100])}, 6)
    elif which == 13:
        body = {k: v for k, v in {"status": "resolved", "severity": draw.choice(["low", "high"]), "name": draw.choice(["", "n"])}.items() if draw.random() < 0.5}
        pair.check("PATCH", f"{MLFLOW}/issues/{issue}", body={"issue_id": issue, **body})
    elif which == 14:
        pair.check("GET", f"{MLFLOW}/issues/{issue}")
    elif which == 15:
        serialized = draw.choice(['{"a":1}', '{"a": 1.0, "b": [1,2]}', "x", '{"builtin_scorer_pydantic_data": {"model": ""}}', '{"instructions_judge_pydantic_data": {"model": "gateway:/e"}}'])
        compare_scorer(pair, "POST", "/scorers/register", body={**scorer, "serialized_scorer": serialized})
    elif which == 16:
        compare_scorer(pair, "GET", draw.choice(["/scorers/get", "/scorers/versions", "/scorers/list"]), query=scorer)
    elif which == 17:
        compare_scorer(pair, "DELETE", "/scorers/delete", body={**scorer, **draw.choice([{}, {"version": 1}, {"version": 9}])})
    elif which == 18:
        pair.check("GET", f"{MLFLOW}/scorers/online-configs", label="online-configs", query=draw.choice([{}, {"scorer_ids": "none"}, {"scorer_ids": ["none", "x"]}, {"scorer_ids": ""}, {"nonsense": "1"}]))
    else:
        compare_scorer(pair, "PUT", "/scorers/online-config", body={**scorer, "sample_rate": draw.choice([0, 0.5, 2, -1]), "filter_string": draw.choice([None, "status = 'OK'"])})


UUID_FIELDS = ("scorer_id", "online_scoring_config_id", "experiment_id")


def compare_scorer(pair, method, path, **request):
    """Ids of scorers have dashes; their experiments are numbers."""
    answers = pair.both(method, MLFLOW + path, **request)
    for answer in answers:
        body = answer.body
        rows = [body, body.get("scorer"), body.get("config"), *body.get("scorers", [])]
        for row in rows:
            for field in UUID_FIELDS:
                if isinstance(row, dict) and field in row:
                    row[field] = "<id>"
    pair.report.case(f"{method} {path}", method, MLFLOW + path, request, *answers)


def plain(record):
    """A record without what the servers make up."""
    times = ("created_time", "last_update_time", "dataset_record_id", "dataset_id")
    return {key: value for key, value in record.items() if key not in times}
