"""Every endpoint with its fields missing, empty, of other types, in both name styles, and in odd bodies."""

import json
import time
from pathlib import Path

CONTRACT = json.loads((Path(__file__).parents[4] / "functions/mlflow/contract.json").read_text())
WRONG = [None, "", "x", 5, -1, 0, 1.5, True, False, [], {}, ["x"], [1], {"a": 1}, [None], "5", "true", 2**63, "x" * 300]
# Endpoints that have lanes of their own, or that Slipway has not.
SKIP = ("traces", "gateway", "workspaces", "prompt-optimization", "webhooks", "artifacts", "artifact", "/datasets", "/scorers", "/issues", "online-trace")


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def bases(experiment, run, model, name):
    """A request of each endpoint that is answered with 200, or nearly."""
    version = {"name": name, "version": "1"}
    metric = {"key": "k", "value": 1.5, "timestamp": 3, "step": 2}
    tag = {"key": "k", "value": "v"}
    dataset = {"name": "d", "digest": "g", "source_type": "local", "source": "s"}
    return {
        "experiments/create": {"name": "§fresh", "tags": [tag]},
        "experiments/get": {"experiment_id": experiment},
        "experiments/get-by-name": {"experiment_name": "Default"},
        "experiments/delete": {"experiment_id": "999999"},
        "experiments/restore": {"experiment_id": "999999"},
        "experiments/update": {"experiment_id": experiment, "new_name": "§fresh"},
        "experiments/search": {"max_results": 5, "filter": "name = 'none'", "order_by": ["name"], "view_type": "ALL"},
        "experiments/set-experiment-tag": {"experiment_id": experiment, **tag},
        "experiments/delete-experiment-tag": {"experiment_id": experiment, "key": "none"},
        "runs/create": {"experiment_id": experiment, "user_id": "u", "run_name": "r", "start_time": 5, "tags": [tag]},
        "runs/get": {"run_id": run},
        "runs/update": {"run_id": run, "status": "FINISHED", "end_time": 9, "run_name": "r"},
        "runs/delete": {"run_id": "0" * 32},
        "runs/restore": {"run_id": run},
        "runs/set-tag": {"run_id": run, **tag},
        "runs/delete-tag": {"run_id": run, "key": "none"},
        "runs/log-metric": {"run_id": run, **metric},
        "runs/log-parameter": {"run_id": run, **tag},
        "runs/log-batch": {"run_id": run, "metrics": [metric], "params": [tag], "tags": [tag]},
        "runs/log-inputs": {"run_id": run, "datasets": [{"dataset": dataset, "tags": [tag]}]},
        "runs/log-model": {"run_id": run, "model_json": '{"artifact_path": "a", "flavors": {}, "utc_time_created": "x", "run_id": "r"}'},
        "runs/outputs": {"run_id": run, "models": [{"model_id": model, "step": 1}]},
        "runs/search": {"experiment_ids": [experiment], "filter": "params.none = 'x'", "run_view_type": "ALL", "max_results": 5, "order_by": ["start_time"]},
        "metrics/get-history": {"run_id": run, "metric_key": "none", "max_results": 5},
        "metrics/get-history-bulk-interval": {"run_ids": [run], "metric_key": "none", "start_step": 0, "end_step": 5, "max_results": 5},
        "logged-models": {"experiment_id": experiment, "name": "m", "model_type": "t", "source_run_id": run, "params": [tag], "tags": [tag]},
        "logged-models/search": {"experiment_ids": [experiment], "filter": "name = 'none'", "max_results": 5, "order_by": [{"field_name": "name", "ascending": True}]},
        "logged-models/{model_id}": {"model_id": model, "status": "LOGGED_MODEL_READY"},
        "logged-models/{model_id}/tags": {"model_id": model, "tags": [tag]},
        "logged-models/{model_id}/params": {"model_id": model, "params": [tag]},
        "registered-models/create": {"name": "§fresh", "tags": [tag], "description": "d"},
        "registered-models/get": {"name": name},
        "registered-models/update": {"name": name, "description": "d"},
        "registered-models/rename": {"name": "none", "new_name": "§fresh"},
        "registered-models/delete": {"name": "none"},
        "registered-models/search": {"filter": "name = 'none'", "max_results": 5, "order_by": ["name"]},
        "registered-models/get-latest-versions": {"name": name, "stages": ["None"]},
        "registered-models/set-tag": {"name": name, **tag},
        "registered-models/delete-tag": {"name": name, "key": "k"},
        "registered-models/alias": {"name": name, "alias": "a", "version": "1"},
        "model-versions/create": {"name": name, "source": "s3://b/a", "run_id": run, "tags": [tag], "description": "d"},
        "model-versions/get": version,
        "model-versions/update": {**version, "description": "d"},
        "model-versions/transition-stage": {**version, "stage": "Staging", "archive_existing_versions": True},
        "model-versions/delete": {"name": name, "version": "99999"},
        "model-versions/search": {"filter": "name = 'none'", "max_results": 5, "order_by": ["name"]},
        "model-versions/set-tag": {**version, **tag},
        "model-versions/delete-tag": {**version, "key": "k"},
        "model-versions/get-download-uri": version,
    }


def mutations(draw, base):
    yield "as it is", base
    for field in base:
        yield f"without {field}", {k: v for k, v in base.items() if k != field}
        for wrong in WRONG:
            yield f"{field} = {json.dumps(wrong)[:20]}", {**base, field: wrong}
        value = base[field]
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for key in value[0]:
                yield f"{field}[0] without {key}", {**base, field: [{k: v for k, v in value[0].items() if k != key}]}
                for wrong in WRONG:
                    yield f"{field}[0].{key} = {json.dumps(wrong)[:20]}", {**base, field: [{**value[0], key: wrong}]}
    yield "camel case", {camel(k): v for k, v in base.items()}
    yield "unknown field", {**base, "nonsense": 1, "other": {"a": []}}
    yield "zzz", {}


def things(pair, draw):
    """An experiment, a run, a logged model and a registered one with a version, the same on both servers."""
    body = {"name": f"wire {draw.random()}"}
    experiment = pair.make("wexp", lambda answer: answer["experiment_id"], "POST", "/api/2.0/mlflow/experiments/create", body=body)
    pick = lambda answer: answer["run"]["info"]["run_id"]
    run_id = pair.make("wrun", pick, "POST", "/api/2.0/mlflow/runs/create", body={"experiment_id": experiment, "start_time": 1, "run_name": "r"})
    model = pair.make("wmodel", lambda answer: answer["model"]["info"]["model_id"], "POST", "/api/2.0/mlflow/logged-models", body={"experiment_id": experiment, "name": "m"})
    pick = lambda answer: answer["registered_model"]["name"]
    name = pair.make("wname", pick, "POST", "/api/2.0/mlflow/registered-models/create", body={"name": f"wire{draw.random()}"})
    pair.check("POST", "/api/2.0/mlflow/model-versions/create", body={"name": name, "source": "s3://b/a"})
    return experiment, run_id, model, name


def run(pair, draw, cases, until):
    experiment, run_id, model, name = things(pair, draw)
    todo = []
    known = bases(experiment, run_id, model, name)
    for endpoint in CONTRACT["endpoints"]:
        path = endpoint["path"]
        if any(word in path for word in SKIP):
            continue
        base = known.get(path.removeprefix("/api/2.0/mlflow/"))
        if base is None:
            continue
        if endpoint["method"] == "GET" and path.endswith("registered-models/alias") or endpoint["method"] == "DELETE" and path.endswith("alias"):
            base = {"name": name, "alias": "a"}
        for label, changed in mutations(draw, base):
            todo.append((endpoint["method"], path.replace("{model_id}", model), label, changed))
        todo.extend((endpoint["method"], path.replace("{model_id}", model), label, raw) for label, raw in odd_bodies(base))
    draw.shuffle(todo)
    for method, path, label, changed in todo[: cases * 3]:
        if time.monotonic() > until:
            return
        if draw.random() < 0.15:
            path = path.replace("/api/", "/ajax-api/")
        fresh = f"fresh {draw.random()}"
        if isinstance(changed, dict):
            changed = {k: fresh if v == "§fresh" else v for k, v in changed.items()}
        asked = {"raw": changed} if isinstance(changed, tuple) else {"body": changed}
        if isinstance(changed, tuple):
            if method == "GET" or method == "DELETE" and "{" not in path and "logged-models" in path:
                continue
            text, headers = changed
            asked = {"fill": lambda side, t=text, h=headers: {"raw": side.fill(t).replace("§fresh", fresh), "headers": h}}
        elif method == "GET":
            asked = {"query": {k: v for k, v in changed.items() if v is None or isinstance(v, (str, int, float, list)) and not isinstance(v, dict)}}
            if any(isinstance(one, (dict, type(None))) for v in asked["query"].values() if isinstance(v, list) for one in v):
                continue
        short = path.replace("/ajax-api/", "/api/").removeprefix("/api/2.0/mlflow/")
        pair.check(method, path, label=f"{method} {short} {label}", **asked)
        if pair.parted and method != "GET":
            things(pair, draw)


def odd_bodies(base):
    text = json.dumps(base, ensure_ascii=False)
    usual = {"Content-Type": "application/json"}
    yield "twice encoded", (json.dumps(text, ensure_ascii=False), usual)
    yield "with charset", (text, {"Content-Type": "application/json; charset=utf-8"})
    yield "as text", (text, {"Content-Type": "text/plain"})
    yield "without a type", (text, {})
    yield "broken", (text[:-1], usual)
    yield "a list", ("[]", usual)
    yield "a number", ("5", usual)
    yield "null", ("null", usual)
    yield "empty", ("", usual)
