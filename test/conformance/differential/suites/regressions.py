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


def run(pair, draw, _cases, _until):
    experiment, run_id, *_ = things(pair, draw)
    trace, _ = setting(pair, draw, experiment)
    # Ids of traces are the same on both servers, and new in each run.
    fresh = f"{draw.randrange(10**12)}-"
    for method, path, message in [
        *traces(experiment, trace),
        *numbers(experiment, run_id),
        *searches(experiment),
    ]:
        message = json.loads(json.dumps(message).replace("\\u00a7r", fresh))
        given = {"query": message} if method == "GET" else {"body": message}
        pair.check(method, path, label=f"regression {method} {path.removeprefix(V2).removeprefix(V3).split('§')[0]}", **given)
