"""Every endpoint with values of other types at any depth: traces, assessments, datasets, scorers, issues and all others."""

import copy
import json
import time

from suites.wire import CONTRACT, WRONG, bases, camel, things

V2, V3 = "/api/2.0/mlflow", "/api/3.0/mlflow"
MORE = ["\u0000", "\ud800", "e\u0301", "\u202eabc", "😀" * 3, 2**63 - 1, -(2**63), 2**64, 1e400, -0.0, {"key": "k"}, [[]], [{}], "2023-01-01T00:00:00Z", "yesterday", "1.5s", "-1s", "1h", "1e3s", "2023-13-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "0000-01-01T00:00:00Z"]


def paths(value, at=()):
    """Where something can be changed."""
    if at:
        yield at
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []:
        yield from paths(one, (*at, key))


def mutate(draw, base):
    changed = copy.deepcopy(base)
    for _ in range(draw.choice([1, 1, 1, 2])):
        places = list(paths(changed))
        if not places:
            return changed
        *way, last = draw.choice(places)
        inside = changed
        for key in way:
            inside = inside[key]
        which = draw.random()
        if which < 0.2:
            del inside[last]
        elif which < 0.3 and isinstance(inside, dict):
            inside[camel(last)] = inside.pop(last)
        elif which < 0.36 and isinstance(inside, dict):
            inside["nonsense"] = draw.choice(WRONG)
        elif which < 0.42 and isinstance(inside, list):
            inside.append(copy.deepcopy(inside[last]))
        else:
            inside[last] = copy.deepcopy(draw.choice([*WRONG, *MORE]))
    return changed


def requests_of(experiment, run, trace, dataset):
    """Requests that are answered with 200, or nearly: method, path, message."""
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    info = {"trace_id": "tr-§fresh", "trace_location": location, "request_time": "2023-11-14T22:13:20.5Z", "execution_duration": "1.5s", "state": "OK", "client_request_id": "c", "request_preview": "q", "response_preview": "a", "trace_metadata": {"m": "1"}, "tags": {"t": "1"}}
    told = {"assessment_name": "quality", "trace_id": trace, "source": {"source_type": "HUMAN", "source_id": "ana"}, "feedback": {"value": 5}, "rationale": "r", "metadata": {"k": "v"}}
    expected = {**{k: v for k, v in told.items() if k != "feedback"}, "expectation": {"value": "x"}}
    pair = {"key": "k", "value": "v"}
    return [
        ("POST", f"{V3}/traces", {"trace": {"trace_info": info}}),
        ("POST", f"{V3}/traces", {"trace": {"trace_info": {**info, "assessments": [{**told, "trace_id": "tr-§fresh"}]}}}),
        ("GET", f"{V3}/traces/get", {"trace_id": trace, "allow_partial": True}),
        ("GET", f"{V3}/traces/batchGet", {"trace_ids": [trace]}),
        ("POST", f"{V3}/traces/batchGetInfos", {"trace_ids": [trace, "tr-none"]}),
        ("POST", f"{V3}/traces/search", {"locations": [location], "filter": "attributes.name = 'none'", "max_results": 5, "order_by": ["timestamp_ms DESC"], "page_token": ""}),
        ("POST", f"{V3}/traces/delete-traces", {"experiment_id": experiment, "request_ids": ["tr-none"]}),
        ("POST", f"{V3}/traces/delete-traces", {"experiment_id": experiment, "max_timestamp_millis": 1, "max_traces": 1}),
        ("PATCH", f"{V3}/traces/{trace}/tags", pair),
        ("DELETE", f"{V3}/traces/{trace}/tags", {"key": "none"}),
        ("POST", f"{V3}/traces/{trace}/assessments", {"assessment": told}),
        ("POST", f"{V3}/traces/{trace}/assessments", {"assessment": expected}),
        ("POST", f"{V3}/traces/calculate-filter-correlation", {"experiment_ids": [experiment], "filter_string1": "name = 'a'", "filter_string2": "name = 'b'", "base_filter": "status = 'OK'"}),
        ("POST", f"{V3}/traces/metrics", {"experiment_ids": [experiment], "view_type": "TRACES", "metric_name": "trace_count", "aggregations": [{"aggregation_type": "PERCENTILE", "percentile_value": 50}], "dimensions": ["trace_name"], "filters": ["trace.status = 'OK'"], "time_interval_seconds": 60, "start_time_ms": 0, "end_time_ms": 60000, "max_results": 10}),
        ("POST", f"{V2}/traces", {"experiment_id": experiment, "timestamp_ms": 5, "request_metadata": [pair], "tags": [pair]}),
        ("PATCH", f"{V2}/traces/{trace}", {"timestamp_ms": 9, "status": "OK", "request_metadata": [pair], "tags": [pair]}),
        ("GET", V2 + "/traces", {"experiment_ids": [experiment], "filter": "attributes.name = 'none'", "order_by": ["timestamp_ms"], "max_results": 5}),
        ("POST", f"{V2}/traces/delete-traces", {"experiment_id": experiment, "request_ids": ["tr-none"]}),
        ("PATCH", f"{V2}/traces/{trace}/tags", pair),
        ("POST", f"{V2}/traces/link-to-run", {"trace_ids": [trace], "run_id": run}),
        ("POST", f"{V2}/traces/link-prompts", {"trace_id": trace, "prompt_versions": [{"name": "p", "version": "1"}]}),
        ("POST", f"{V3}/datasets/create", {"name": "§fresh", "experiment_ids": [experiment], "tags": '{"a": "b"}', "created_by": "u"}),
        ("POST", f"{V3}/datasets/search", {"experiment_ids": [experiment], "filter_string": "name = 'none'", "max_results": 5, "order_by": ["name"]}),
        ("POST", f"{V3}/datasets/{dataset}/records", {"records": '[{"inputs": {"q": 1}}]', "updated_by": "u"}),
        ("GET", f"{V3}/datasets/{dataset}/records", {"max_results": 5}),
        ("PATCH", f"{V3}/datasets/{dataset}/tags", {"tags": '{"a": "b"}'}),
        ("POST", f"{V3}/datasets/{dataset}/add-experiments", {"experiment_ids": [experiment]}),
        ("POST", f"{V3}/scorers/register", {"experiment_id": experiment, "name": "s", "serialized_scorer": '{"a": 1}'}),
        ("GET", f"{V3}/scorers/get", {"experiment_id": experiment, "name": "none", "version": 1}),
        ("GET", f"{V3}/scorers/list", {"experiment_id": "999999"}),
        ("DELETE", f"{V3}/scorers/delete", {"experiment_id": experiment, "name": "none", "version": 1}),
        ("POST", f"{V3}/issues", {"experiment_id": experiment, "name": "i", "description": "d", "status": "open", "severity": "high", "root_causes": ["r"], "categories": ["c"], "source_run_id": run, "created_by": "u"}),
        ("POST", f"{V3}/issues/search", {"experiment_id": experiment, "filter_string": "status = 'none'", "max_results": 5}),
    ]


def run(pair, draw, cases, until):
    experiment, run_id, model, name = things(pair, draw)
    trace, dataset = setting(pair, draw, experiment)
    known = bases(experiment, run_id, model, name)
    others = [
        (one["method"], one["path"].replace("{model_id}", model), known[one["path"].removeprefix(V2 + "/")])
        for one in CONTRACT["endpoints"]
        if one["path"].removeprefix(V2 + "/") in known and not one["path"].endswith("alias")
    ]
    usual = requests_of(experiment, run_id, trace, dataset)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        method, path, base = draw.choice(usual if draw.random() < 0.7 else others)
        changed = mutate(draw, base)
        fresh = f"n{draw.randrange(10**12)}"
        # The text has letters beyond ASCII by their numbers.
        text = json.dumps(changed).replace("\\u00a7fresh", fresh)
        label = f"nested {method} {path.split('§')[0]}"
        if method == "GET":
            query = {k: v for k, v in json.loads(text).items() if not isinstance(v, (dict, type(None))) and not (isinstance(v, list) and any(isinstance(x, (dict, list, type(None))) for x in v))}
            if "\ud800" in json.dumps(query, ensure_ascii=False):
                continue
            pair.check(method, path, label=label, query=query)
        else:
            # The aliases begin with such a letter.
            pair.check(method, path, label=label, raw=text.replace("\\u00a7", "§"))
        if pair.parted and method != "GET":
            things(pair, draw)
            trace, dataset = setting(pair, draw, experiment)
            usual = requests_of(experiment, run_id, trace, dataset)


def setting(pair, draw, experiment):
    """A trace and an evaluation dataset."""
    trace = f"tr-n{draw.randrange(10**12)}"
    info = {"trace_id": trace, "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}, "request_time": "2023-11-14T22:13:20Z", "state": "OK"}
    pair.check("POST", f"{V3}/traces", body={"trace": {"trace_info": info}}, label="start trace")
    pick = lambda answer: answer["dataset"]["dataset_id"].removeprefix("d-")
    answers = pair.both("POST", f"{V3}/datasets/create", body={"name": f"nested {draw.random()}", "experiment_ids": [experiment]})
    for side, answer in zip(pair.sides, answers):
        side.learn("ndataset", pick(answer.raw))
    return trace, "d-§ndataset"
