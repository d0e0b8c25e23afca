"""Requests that once had two answers, each again in every run, whatever the seed."""

import json

from suites.nested import setting
from suites.wire import things

V2, V3 = "/api/2.0/mlflow", "/api/3.0/mlflow"


def traces(experiment, trace):
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    for number, place in enumerate([{**location, "type": "nowhere"}, {**location, "type": 0}, {**location, "type": 1}, {**location, "type": 99}, {**location, "type": "INFERENCE_TABLE"}, {"mlflow_experiment": location["mlflow_experiment"]}]):
        info = {"trace_id": f"tr-§rplace{number}", "trace_location": place, "request_time": "2023-11-14T22:13:20.5Z", "state": "OK", "tags": {"t": "1"}}
        yield "POST", f"{V3}/traces", {"trace": {"trace_info": info}}
    for number, state in enumerate([0, 1, 3, "2", "none", 99]):
        info = {"trace_id": f"tr-§rstate{number}", "trace_location": location, "request_time": "2023-11-14T22:13:20.5Z", "state": state, "tags": {"t": "1"}}
        yield "POST", f"{V3}/traces", {"trace": {"trace_info": info}}
    for number, times in enumerate([{"execution_duration": "e\u0301"}, {"execution_duration": "1h"}, {"request_time": "2023-13-01T00:00:00Z"}, {"request_time": ""}]):
        info = {"trace_id": f"tr-§rtime{number}", "trace_location": location, "request_time": "2023-11-14T22:13:20.5Z", "execution_duration": "1.5s", **times, "state": "OK", "tags": {"t": "1"}}
        yield "POST", f"{V3}/traces", {"trace": {"trace_info": info}}
    for kind in [0, 1, 3, "2", 1.5, True, "GOD", 99, -(2**63), 2**32 + 2, "９", []]:
        told = {"assessment_name": "quality", "source": {"source_type": kind, "source_id": "ana"}, "expectation": {"value": "x"}}
        yield "POST", f"{V3}/traces/{trace}/assessments", {"assessment": told}
    yield "POST", f"{V2}/traces/link-prompts", {"trace_id": "x" * 400, "prompt_versions": [{"name": "p", "version": "1"}]}


def told(experiment, trace, run_id):
    for items in [[{"value": "v"}], [{"key": None, "value": "v"}], [{"a": 1}], [{"key": "a"}, {"key": "", "z": 1.0, "a": [1, {"b": "é"}]}]]:
        yield "PATCH", f"{V2}/traces/{trace}", {"timestamp_ms": 9, "status": "OK", "request_metadata": items}
        yield "POST", f"{V2}/traces", {"experiment_id": experiment, "timestamp_ms": 9, "tags": items}
    for message in [{"run_id": 5}, {"run_id": 5, "trace_ids": None}, {"run_id": "", "trace_ids": ""}, {"trace_ids": None}, {"trace_ids": ["a"], "run_id": 5}, {"trace_ids": ["a", 5]}]:
        yield "POST", f"{V2}/traces/link-to-run", message
    for message in [{"prompt_versions": 5}, {"trace_id": None, "prompt_versions": 5}, {"trace_id": "x", "prompt_versions": ""}]:
        yield "POST", f"{V2}/traces/link-prompts", message
    yield "POST", f"{V3}/traces/search", {"filter": 5}
    for view in ["true", "traces", "", None, 0, 99, [], True, 1.5]:
        for metric, kind in [("trace_count", "COUNT"), ("trace_count", "SUM"), ("span_count", "COUNT")]:
            asked = {"experiment_ids": [experiment], "metric_name": metric, "aggregations": [{"aggregation_type": kind}]}
            yield "POST", f"{V3}/traces/metrics", {**asked, "view_type": view}
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    said = {"assessment_name": "quality", "source": {"source_type": "HUMAN", "source_id": "ana"}, "feedback": {"value": 5}}
    for number, texts in enumerate([{"m": "\ud800"}, {"\ud800": "m"}, {"a": "1", "m": 5}]):
        info = {"trace_id": f"tr-§rtext{number}", "trace_location": location, "request_time": "2023-11-14T22:13:20.5Z", "state": "OK", "trace_metadata": texts, "assessments": [said]}
        yield "POST", f"{V3}/traces", {"trace": {"trace_info": info}}
    info = {"trace_id": "tr-§ragain", "trace_location": location, "request_time": "2023-11-14T22:13:20.5Z", "state": "OK", "assessments": [{**said, "trace_id": "tr-§ragain"}]}
    for _ in range(2):
        yield "POST", f"{V3}/traces", {"trace": {"trace_info": info}}
    yield "POST", f"{V3}/datasets/create", {"name": "x" * 300, "experiment_ids": [experiment]}


def not_finite(experiment, run_id):
    points = [("a", "NaN", 1), ("a", 1.5, 1), ("a", "-Infinity", 2), ("b", 1.5, 3), ("b", "NaN", 3), ("c", "NaN", 3), ("c", -1, 3), ("d", "Infinity", 1), ("d", "NaN", 1), ("e", "-Infinity", 0), ("e", "NaN", 0)]
    points = [{"key": f"nf {key}", "value": value, "timestamp": 7, "step": step} for key, value, step in points]
    yield "POST", f"{V2}/runs/log-batch", {"run_id": run_id, "metrics": points}
    yield "POST", f"{V2}/runs/log-metric", {"run_id": run_id, "key": "nf f", "value": "NaN", "timestamp": 7}
    yield "GET", f"{V2}/runs/get", {"run_id": run_id}
    for key in "abcdef":
        yield "GET", f"{V2}/metrics/get-history", {"run_id": run_id, "metric_key": f"nf {key}", "max_results": 10}
        yield "GET", f"{V2}/metrics/get-history-bulk-interval", {"run_ids": [run_id], "metric_key": f"nf {key}", "max_results": 10}
        for condition in ["= 0", "!= 0", "> 0", "<= 0", ">= 1.7976931348623157e308", "< 1e400", "= 'NaN'"]:
            yield "POST", f"{V2}/runs/search", {"experiment_ids": [experiment], "filter": f"metrics.`nf {key}` {condition}"}
        for way in ["ASC", "DESC"]:
            yield "POST", f"{V2}/runs/search", {"experiment_ids": [experiment], "order_by": [f"metrics.`nf {key}` {way}"]}


def bare(run_id):
    # As Python's json writes them without quotes, which protobuf's reader refuses: MLflow's server logs 0 at the time 0.
    for number, value in enumerate([float("nan"), float("inf"), float("-inf")]):
        point = {"key": f"bare {number}", "value": value, "timestamp": 7, "step": 1}
        yield "POST", f"{V2}/runs/log-metric", {"run_id": run_id, **point}
        yield "GET", f"{V2}/metrics/get-history", {"run_id": run_id, "metric_key": point["key"], "max_results": 10}


def numbers(experiment, run_id):
    for start, end in [(2**63, "1"), (10**30, 2**62), (5, "2147483648.0"), (-1.0, -(2**63)), (" 1 ", "９"), ("", 1), ("1_0", 5)]:
        yield "GET", f"{V2}/metrics/get-history-bulk-interval", {"run_ids": [run_id], "metric_key": "a", "start_step": start, "end_step": end, "max_results": 5}
    for start in ["９", "-٣", "𝟙𝟚", 10**30]:
        yield "POST", f"{V2}/runs/create", {"experiment_id": experiment, "start_time": start, "run_name": "n"}
    for value in ["", "nan", " NaN", "-nan", "NAN", "nano"]:
        yield "POST", f"{V2}/runs/log-metric", {"run_id": run_id, "key": f"m{value.strip()}", "value": value, "timestamp": 5, "step": 3}
    yield "POST", f"{V2}/runs/outputs", {"run_id": run_id, "models": [False]}
    yield "GET", f"{V2}/runs/get", {"run_id": run_id}


def searches(experiment):
    for ids in [[5], [[]], [None, experiment], "x"]:
        yield "POST", f"{V2}/runs/search", {"experiment_ids": ids, "filter": "params.none = 'x'", "max_results": 5}
    yield "POST", f"{V2}/runs/search", {"experiment_ids": [[]], "filter": "params.none = 'x'", "max_results": 5, "order_by": "😀"}
    for path in ["runs/search", "experiments/search"]:
        for size in [10**30, True, 1.5]:
            yield "POST", f"{V2}/{path}", {"experiment_ids": [experiment], "max_results": size, "filter": "name = 'none'", "order_by": ["name"], "view_type": "ALL"}
            yield "POST", f"{V2}/{path}", {"filter": "name = 'none'", "max_results": size, "view_type": 3}


def pairs(experiment, run_id, model):
    for items in [[1], [None], ["x"], [{}], [[]], [{"key": 1, "value": "x"}]]:
        for field in ["tags", "params"]:
            yield "POST", f"{V2}/logged-models", {"experiment_id": experiment, "name": "m", field: items}
    long = [{"key": "long", "value": "x" * 8001}]
    yield "POST", f"{V2}/logged-models", {"experiment_id": experiment, "name": "m", "params": long, "tags": long}
    yield "PATCH", f"{V2}/logged-models/{model}/tags", {"model_id": model, "tags": long}
    yield "POST", f"{V2}/logged-models/{model}/params", {"model_id": model, "params": long}
    yield "GET", f"{V2}/logged-models/{model}", {}
    for status in ["x", 5, 0, "", None]:
        yield "PATCH", f"{V2}/logged-models/m-none", {"model_id": "m-none", "status": status}
    yield "POST", f"{V2}/runs/outputs", {"run_id": run_id, "models": [{}]}
    for datasets in [["true"], [{}], [{"dataset": {"name": "x"}}], [None], [{"tags": [{}]}], [{"dataset": {"name": "x", "digest": "d", "source": "s"}}]]:
        yield "POST", f"{V2}/runs/log-inputs", {"run_id": run_id, "datasets": datasets}
    yield "GET", f"{V2}/runs/get", {"run_id": run_id}
    for value in [1.5, 2.5]:
        point = {"key": "twice", "value": value, "timestamp": 1, "step": 1, "model_id": model, "dataset_name": "d", "dataset_digest": "g"}
        yield "POST", f"{V2}/runs/log-metric", {"run_id": run_id, **point}
    yield "GET", f"{V2}/logged-models/{model}", {}
    for name in ["odd", "odder"]:
        for items in [[2**63], [None], ["x"], [{}], [{"key": "a", "value": "1"}, 5], [{"key": 5}]]:
            yield "POST", f"{V2}/registered-models/create", {"name": f"§r{name}", "tags": items}
            yield "POST", f"{V2}/model-versions/create", {"name": f"§r{name}", "source": "s3://b/a", "tags": items}
        yield "POST", f"{V2}/registered-models/create", {"name": f"§r{name}"}
    point = {"key": "none", "value": "NaN", "timestamp": 1, "step": 1, "model_id": model, "dataset_name": "d", "dataset_digest": "g"}
    yield "POST", f"{V2}/runs/log-metric", {"run_id": run_id, **point}
    yield "GET", f"{V2}/logged-models/{model}", {}


def refusals(experiment, name):
    for ids in [["1.5"], ["1.5", "a", "2.25" * 9], ["1"]]:
        yield "GET", f"{V2}/traces", {"experiment_ids": ids}
    for number in [-(2**63), 2**31, 2**31 - 1, 1.5]:
        yield "POST", f"{V2}/traces/delete-traces", {"experiment_id": experiment, "max_timestamp_millis": 5, "max_traces": number}
    yield "POST", f"{V2}/traces/delete-traces", {"request_ids": "x", "max_timestamp_millis": 5}
    for version in [10**30, -(10**40), "9" * 100]:
        yield "GET", f"{V2}/model-versions/get", {"name": "none", "version": version}
    for location in ["file://h/x", "file:///x", "file://localhost/x", "file:x"]:
        yield "POST", f"{V2}/experiments/create", {"name": f"at §r{location}", "artifact_location": location}
    for source in ["s3://", "s3://b", "mlflow-artifacts:", "hdfs:a", "s3+x://b/a", "s3://b/a+b", "s3://b//a", "uc:/a", "s3://b/a?x=1"]:
        yield "POST", f"{V2}/model-versions/create", {"name": name, "source": source}
    for query in [{"name": "none", "version": "1"}, {"name": "none", "version": "1", "path": ""}, {"version": "1", "path": "a"}, {"path": "../a"}]:
        yield "GET", "/model-versions/get-artifact", query
    for query in [{}, {"run_id": "none"}, {"run_id": "none", "path": ""}, {"run_id": "none", "path": "../a"}]:
        yield "GET", "/get-artifact", query


def allowed(pair):
    """What else may be sent to a path, where its one endpoint has another method."""
    for path in ["/get-artifact", "/model-versions/get-artifact", f"{V2}/runs/create", f"{V2}/logged-models", f"{V2}/registered-models/alias", "/ajax-api/2.0/mlflow/upload-artifact", f"{V2}/traces/x/tags"]:
        for method in ["PUT", "DELETE", "OPTIONS", "HEAD"]:
            answers = pair.both(method, path)
            for side, answer in zip(pair.sides, answers):
                allow = side.send(method, path).headers.get("Allow", "")
                if answer.status == 405 or method == "OPTIONS":
                    answer.status, answer.body = 200, sorted(allow.split(", "))
                else:
                    answer.status, answer.body = 200, {}
            pair.report.case("allowed", method, path, {}, *answers)


def run(pair, draw, _cases, _until):
    experiment, run_id, model, name = things(pair, draw)
    allowed(pair)
    trace, _ = setting(pair, draw, experiment)
    # Ids of traces are the same on both servers, and new in each run.
    fresh = f"{draw.randrange(10**12)}-"
    for method, path, message in [
        *traces(experiment, trace),
        *told(experiment, trace, run_id),
        *not_finite(experiment, run_id),
        *numbers(experiment, run_id),
        *searches(experiment),
        *pairs(experiment, run_id, model),
        *refusals(experiment, name),
        *bare(run_id),
    ]:
        message = json.loads(json.dumps(message).replace("\\u00a7r", fresh))
        given = {"query": message} if method == "GET" else {"body": message}
        pair.check(method, path, label=f"regression {method} {path.removeprefix(V2).removeprefix(V3).split('§')[0]}", **given)
