"""Every limit at its edge and one over; keys and names of every kind."""

import time

MLFLOW = "/api/2.0/mlflow"
KEYS = [
    "a", "a/b", "a.b", "a b", "a:b", "a-b", "a_b", "ä", "日本", "a,b", "a;b", "a'b", 'a"b', "a\\b", "a\nb", "a\u0000b", "a\tb", "/a", "a/", "a//b", "./a",
    "a/./b", "../a", "a/../b", "..", ".", " ", "a ", " a", "", "%", "a%b", "a@b", "a(b)", "a+b", "é", "😀", "a" * 249, "a" * 250, "a" * 251, "ä" * 250, "ä" * 251,
]
LONG = (100_000, 100_001)


def run(pair, draw, cases, until):
    body = {"name": f"limits {draw.random()}"}
    experiment = pair.make("xexp", lambda answer: answer["experiment_id"], "POST", f"{MLFLOW}/experiments/create", body=body)
    pick = lambda answer: answer["run"]["info"]["run_id"]
    run_id = pair.make("xrun", pick, "POST", f"{MLFLOW}/runs/create", body={"experiment_id": experiment, "start_time": 1, "run_name": "r"})
    # Holds what one server takes and the other does not: nothing is looked for there.
    other = pair.make("xother", lambda answer: answer["experiment_id"], "POST", f"{MLFLOW}/experiments/create", body={"name": f"limits other {draw.random()}"})
    # Has what Slipway refuses: it is not the same on both servers from then on.
    pair.make("xbig", pick, "POST", f"{MLFLOW}/runs/create", body={"experiment_id": other, "start_time": 1, "run_name": "big"})
    model_id = pair.make("xmodel", lambda answer: answer["model"]["info"]["model_id"], "POST", f"{MLFLOW}/logged-models", body={"experiment_id": other, "name": "m"})
    name = f"limits{draw.random()}"
    pair.check("POST", f"{MLFLOW}/registered-models/create", body={"name": name})
    pair.check("POST", f"{MLFLOW}/model-versions/create", body={"name": name, "source": "s3://b/a"})
    # Long texts, which a row of Slipway's has room for one by one, have one each.
    long = {}
    for length in LONG:
        for what in ("tag", "description"):
            long[what, length] = f"{name} {what} {length}"
            pair.check("POST", f"{MLFLOW}/registered-models/create", body={"name": long[what, length]})
            pair.check("POST", f"{MLFLOW}/model-versions/create", body={"name": long[what, length], "source": "s3://b/a"})
        for what in ("model tag", "model param"):
            pick = lambda answer: answer["model"]["info"]["model_id"]
            long[what, length] = pair.make(f"x{what.split()[1]}{length}", pick, "POST", f"{MLFLOW}/logged-models", body={"experiment_id": other, "name": "m"})
    requests = list(all_requests(draw, experiment, other, run_id, model_id, name, long))
    draw.shuffle(requests)
    for label, method, path, body in requests[: max(cases, 60) * 3]:
        if time.monotonic() > until:
            break
        pair.check(method, MLFLOW + path, body=body, label=label)
    for path, query in [("/runs/get", {"run_id": run_id}), ("/experiments/get", {"experiment_id": experiment}), ("/registered-models/get", {"name": name})]:
        pair.check("GET", MLFLOW + path, query=query)


def all_requests(draw, experiment, other, run_id, model_id, name, long):
    point = {"value": 1, "timestamp": 1, "step": 0}
    for key in KEYS:
        yield "key of log-metric", "POST", "/runs/log-metric", {"run_id": run_id, "key": key, **point}
        yield "key of log-parameter", "POST", "/runs/log-parameter", {"run_id": run_id, "key": key, "value": "v"}
        yield "key of set-tag", "POST", "/runs/set-tag", {"run_id": run_id, "key": key, "value": "v"}
        yield "key of delete-tag", "POST", "/runs/delete-tag", {"run_id": run_id, "key": key}
        yield "key of log-batch metrics", "POST", "/runs/log-batch", {"run_id": run_id, "metrics": [{"key": key, **point}]}
        yield "key of log-batch params", "POST", "/runs/log-batch", {"run_id": run_id, "params": [{"key": key, "value": "v"}]}
        yield "key of log-batch tags", "POST", "/runs/log-batch", {"run_id": run_id, "tags": [{"key": key, "value": "v"}]}
        yield "key of set-experiment-tag", "POST", "/experiments/set-experiment-tag", {"experiment_id": experiment, "key": key, "value": "v"}
        yield "key of registered model tag", "POST", "/registered-models/set-tag", {"name": name, "key": key, "value": "v"}
        yield "key of version tag", "POST", "/model-versions/set-tag", {"name": name, "version": "1", "key": key, "value": "v"}
        yield "key of create run tag", "POST", "/runs/create", {"experiment_id": other, "start_time": 1, "run_name": "r", "tags": [{"key": key, "value": "v"}]}
        yield "key of model tag", "PATCH", f"/logged-models/{model_id}/tags", {"model_id": model_id, "tags": [{"key": key, "value": "v"}]}
        yield "key of model param", "POST", f"/logged-models/{model_id}/params", {"model_id": model_id, "params": [{"key": key, "value": "v"}]}
        yield "name of experiment", "POST", "/experiments/create", {"name": key}
        yield "name of registered model", "POST", "/registered-models/create", {"name": key}
        yield "alias", "POST", "/registered-models/alias", {"name": name, "version": "1", "alias": key}
        yield "name of logged model", "POST", "/logged-models", {"experiment_id": other, "name": key}
        yield "id of run", "POST", "/runs/set-tag", {"run_id": key, "key": "k", "value": "v"}
        yield "id of experiment", "POST", "/runs/create", {"experiment_id": key, "start_time": 1, "run_name": "r"}
        yield "new name of registered model", "POST", "/registered-models/rename", {"name": "none", "new_name": key}
    for length in (499, 500, 501, 5000, 5001, 5999, 6000, 6001, 7999, 8000, 8001, *LONG):
        text = draw.choice(["a", "ä", "日"]) * length
        yield "length of param", "POST", "/runs/log-parameter", {"run_id": run_id, "key": f"p{length}", "value": text}
        yield "length of params", "POST", "/runs/log-batch", {"run_id": run_id, "params": [{"key": f"q{length}", "value": text}]}
        yield "length of tag", "POST", "/runs/set-tag", {"run_id": run_id, "key": f"t{length}", "value": text}
        yield "length of tags", "POST", "/runs/log-batch", {"run_id": run_id, "tags": [{"key": f"u{length}", "value": text}]}
        yield "length of experiment tag", "POST", "/experiments/set-experiment-tag", {"experiment_id": experiment, "key": f"t{length}", "value": text}
        yield "length of experiment name", "POST", "/experiments/create", {"name": text}
        yield "length of new experiment tag", "POST", "/experiments/create", {"name": f"l{length}{draw.random()}", "tags": [{"key": "k", "value": text}]}
        yield "length of model tag", "POST", "/registered-models/set-tag", {"name": long.get(("tag", length), name), "key": f"t{length}", "value": text}
        yield "length of version tag", "POST", "/model-versions/set-tag", {"name": long.get(("tag", length), name), "version": "1", "key": f"t{length}", "value": text}
        yield "length of description", "PATCH", "/registered-models/update", {"name": long.get(("description", length), name), "description": text}
        yield "length of version description", "PATCH", "/model-versions/update", {"name": long.get(("description", length), name), "version": "1", "description": text}
        tagged, model = long.get(("model tag", length), model_id), long.get(("model param", length), model_id)
        yield "length of logged model tag", "PATCH", f"/logged-models/{tagged}/tags", {"model_id": tagged, "tags": [{"key": f"t{length}", "value": text}]}
        yield "length of logged model param", "POST", f"/logged-models/{model}/params", {"model_id": model, "params": [{"key": f"p{length}", "value": text}]}
        yield "length of run name", "POST", "/runs/create", {"experiment_id": other, "start_time": 1, "run_name": text}
    for count in (99, 100, 101):
        yield "count of params", "POST", "/runs/log-batch", {"run_id": run_id, "params": [{"key": f"c{i}", "value": "v"} for i in range(count)]}
        yield "count of tags", "POST", "/runs/log-batch", {"run_id": run_id, "tags": [{"key": f"c{i}", "value": "v"} for i in range(count)]}
        yield "count of model params", "POST", f"/logged-models/{model_id}/params", {"model_id": model_id, "params": [{"key": f"c{i}", "value": "v"} for i in range(count)]}
    for count in (999, 1000, 1001):
        yield "count of metrics", "POST", "/runs/log-batch", {"run_id": run_id, "metrics": [{"key": "many", "value": i, "timestamp": i, "step": i} for i in range(count)]}
    for metrics, params in ((900, 100), (901, 100), (1000, 1)):
        yield "count of all", "POST", "/runs/log-batch", {"run_id": run_id, "metrics": [{"key": "many", "value": i, "timestamp": i, "step": i} for i in range(metrics)], "params": [{"key": f"c{i}", "value": "v"} for i in range(params)]}
    twice = [{"key": "twice", "value": "1"}, {"key": "twice", "value": "2"}]
    yield "same param twice", "POST", "/runs/log-batch", {"run_id": run_id, "params": twice}
    yield "same param and value twice", "POST", "/runs/log-batch", {"run_id": run_id, "params": [twice[0], twice[0]]}
    yield "same tag twice", "POST", "/runs/log-batch", {"run_id": run_id, "tags": twice}
    yield "param", "POST", "/runs/log-parameter", {"run_id": run_id, "key": "fixed", "value": "1"}
    yield "other param", "POST", "/runs/log-parameter", {"run_id": run_id, "key": "fixed", "value": "1"}
    for field, size in (("name", 500), ("digest", 36), ("source", 65_535), ("schema", 1_048_575)):
        for length in (size, size + 1):
            dataset = {"name": f"n{length}", "digest": "d", "source_type": "local", "source": "s", field: "x" * length}
            target = "§xbig" if field == "schema" else run_id
            yield f"length of dataset {field}", "POST", "/runs/log-inputs", {"run_id": target, "datasets": [{"dataset": dataset}]}
    for field, size in (("key", 255), ("value", 500)):
        for length in (size, size + 1):
            tag = {"key": "k", "value": "v", field: "x" * length}
            dataset = {"name": f"i{field}{length}", "digest": "d", "source_type": "local", "source": "s"}
            yield f"length of input tag {field}", "POST", "/runs/log-inputs", {"run_id": run_id, "datasets": [{"dataset": dataset, "tags": [tag]}]}
    for location in ("s3://b/a", "s3://b/a#f", "s3://b/a?x=1", "s3://b/a;p", "runs:/x", "s3://b/" + "x" * 2041, "s3://b/" + "x" * 2042, "", "../a", "file:///tmp/x", "mlflow-artifacts:/x"):
        yield "artifact location", "POST", "/experiments/create", {"name": f"loc{draw.random()}", "artifact_location": location}
    for source in ("s3://b/a", "s3://b/../a", "/etc/passwd", "file:///etc/passwd", "./a", "http://h/a/../b", "s3://b/%2e%2e/a", "dbfs:/a", "models:/none/1", "models:/m-none", "runs:/none/a", "mlflow-artifacts:/a", "", "mlflow-artifacts:/../a", "ftp://h/a", "https://h/a"):
        yield "source of version", "POST", "/model-versions/create", {"name": name, "source": source}
        yield "source of version with run", "POST", "/model-versions/create", {"name": name, "source": source, "run_id": run_id}
    for value in ("1e309", "-1e309", 1e308, "NaN", "nan", "inf", "Infinity", "-Infinity", "", " ", "1_0", "0x1", True, None, [], {}, "１"):
        yield "value of metric", "POST", "/runs/log-metric", {"run_id": run_id, "key": "v", "value": value, "timestamp": 1}
    for number in (0, -1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), "5", "5.0", 5.0, 5.5, "x", "", " 5", True, None, "-3", "1e3"):
        target = "§xbig" if isinstance(number, (bool, float)) or isinstance(number, int) and abs(number) >= 2**53 else run_id
        yield "timestamp of metric", "POST", "/runs/log-metric", {"run_id": target, "key": "s", "value": 1, "timestamp": number}
        yield "step of metric", "POST", "/runs/log-metric", {"run_id": target, "key": "s", "value": 1, "timestamp": 1, "step": number}
        yield "start of run", "POST", "/runs/create", {"experiment_id": other, "start_time": number, "run_name": "r"}
        yield "max_results of runs", "POST", "/runs/search", {"experiment_ids": [experiment], "max_results": number, "filter": "params.none = 'x'"}
        yield "max_results of experiments", "POST", "/experiments/search", {"max_results": number, "filter": "name = 'none'"}
        yield "max_results of logged models", "POST", "/logged-models/search", {"experiment_ids": [experiment], "max_results": number, "filter": "params.none = 'x'"}
    for number in (50_000, 50_001):
        yield "max_results of runs", "POST", "/runs/search", {"experiment_ids": [experiment], "max_results": number, "filter": "params.none = 'x'"}
    for token in ("x", "e30=", "eyJvZmZzZXQiOiAieCJ9", "", "日", "eyJvZmZzZXQiOiAtMX0="):
        yield "token of runs", "POST", "/runs/search", {"experiment_ids": [experiment], "page_token": token, "filter": "params.none = 'x'"}
        yield "token of experiments", "POST", "/experiments/search", {"max_results": 5, "page_token": token, "filter": "name = 'none'"}
