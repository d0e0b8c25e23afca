"""Traces: searches, metrics, assessments, tags, spans by OpenTelemetry, and the requests of version 2."""

import json
import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from suites.filters import NUMERIC, TEXT, Field, filter_text, order_list

V2, V3 = "/api/2.0/mlflow/traces", "/api/3.0/mlflow/traces"
TEXTS = ["a", "A", "ab", "a_b", "ä", "10", "it's", 'say "x"', "50%"]
LISTS = ["IN", "NOT IN"]
NULLS = ["IS NULL", "IS NOT NULL"]
STATES = ["OK", "ERROR", "IN_PROGRESS"]
PATTERNS = TEXT + ["RLIKE"]
FIELDS = [
    Field(["name", "trace.name", "attributes.name", "tags.`mlflow.traceName`"], ["alpha", "Alpha", "beta"], PATTERNS),
    Field(["status", "trace.status", "attributes.status", "state"], STATES, PATTERNS + LISTS),
    Field(["request_id", "trace_id", "attributes.request_id"], ["tr-x0", "tr-x1", "none"], ["=", "!=", *LISTS]),
    Field(["client_request_id", "trace.client_request_id"], ["c1", "C1", "none"], PATTERNS + LISTS),
    Field(["timestamp_ms", "timestamp", "trace.timestamp_ms", "attributes.timestamp"], [0, 1_700_000_000_000, 1_700_000_005_000, 1_700_000_000_500], NUMERIC, numeric=True),
    Field(["execution_time_ms", "execution_time", "end_time", "end_time_ms", "trace.execution_time"], [0, 100, 1500, 1_700_000_001_500], NUMERIC, numeric=True),
    Field(["tags.t1", "tag.t1", "tags.`t 2`", "tags.none"], TEXTS, PATTERNS + NULLS),
    Field(["metadata.m1", "request_metadata.m1", "metadata.`m 2`", "metadata.none"], TEXTS, PATTERNS + NULLS),
    Field(["run_id", "metadata.`mlflow.sourceRun`"], ["run1", "none"], ["=", "!="]),
    Field(["feedback.quality", "feedback.quality.value", "feedback.score", "feedback.none"], ["good", "bad", "5", "true"], ["=", "!=", *NULLS]),
    Field(["expectation.answer", "expectation.none"], ["Paris", "5"], ["=", "!=", *NULLS]),
    Field(["span.name", "span.type", "span.status"], ["root", "Root", "LLM", "TOOL", "OK", "ERROR"], PATTERNS + LISTS),
    Field(["span.attributes.model", "span.attributes.`a.b`", "span.attributes.none"], ["gpt", "x", "5"], PATTERNS),
    Field(["text", "trace.text", "span.content"], ["gpt", "root", "nothing"], ["LIKE", "ILIKE"]),
    Field(["zzz", "trace.zzz", "zzz.a", "span.zzz", "issue.id", "issue.zzz", "prompt"], ["a", "a/1"], ["=", "!=", "LIKE"]),
]
ORDERS = ["timestamp_ms", "timestamp", "execution_time", "execution_time_ms", "status", "name", "request_id", "client_request_id", "tags.t1", "metadata.m1", "attributes.timestamp_ms", "trace.status", "end_time", "zzz", "span.name", "tags.`t 2`", "feedback.quality"]


def trace_info(draw, experiment, number):
    """A trace as the client describes it; times repeat so that orders have ties."""
    info = {
        "trace_id": f"tr-x{number}",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
        "request_time": draw.choice(["2023-11-14T22:13:20Z", "2023-11-14T22:13:20.500Z", "2023-11-14T22:13:25Z", f"2023-11-14T22:13:{26 + number % 30}.123Z"]),
        "state": draw.choice(STATES),
    }
    if draw.random() < 0.8:
        info["execution_duration"] = draw.choice(["0s", "0.100s", "1.500s", "0.000001s", "100s"])
    if draw.random() < 0.4:
        info["client_request_id"] = draw.choice(["c1", "C1", "c2"])
    if draw.random() < 0.5:
        info["request_preview"] = draw.choice(["hi", "ä", "x" * 20])
        info["response_preview"] = draw.choice(["ho", ""])
    info["tags"] = {k: draw.choice(TEXTS) for k in ["t1", "t 2"] if draw.random() < 0.6}
    if draw.random() < 0.6:
        info["tags"]["mlflow.traceName"] = draw.choice(["alpha", "Alpha", "beta"])
    info["trace_metadata"] = {k: draw.choice(TEXTS) for k in ["m1", "m 2"] if draw.random() < 0.6}
    if draw.random() < 0.4:
        info["trace_metadata"]["mlflow.sourceRun"] = draw.choice(["run1", "run2"])
    if draw.random() < 0.4:
        info["trace_metadata"]["mlflow.trace.session"] = draw.choice(["s1", "s2"])
    if draw.random() < 0.4:
        tokens = {"input_tokens": draw.randint(0, 50), "output_tokens": draw.randint(0, 50)}
        info["trace_metadata"]["mlflow.trace.tokenUsage"] = json.dumps({**tokens, "total_tokens": sum(tokens.values())})
    return info


def assessment(draw):
    one = {"assessment_name": draw.choice(["quality", "score", "answer", "ä b"]), "source": {"source_type": draw.choice(["HUMAN", "LLM_JUDGE", "CODE", "AI_JUDGE", "human"]), "source_id": draw.choice(["ana", ""])}}
    value = draw.choice(["good", "bad", 5, 5.0, 0.25, True, False, ["a", 1], {"k": 1}, "5", ""])
    if draw.random() < 0.6:
        one["feedback"] = {"value": value, **draw.choice([{}, {}, {"error": {"error_code": "E", "error_message": "m"}}])}
    elif draw.random() < 0.9:
        one["expectation"] = {"value": value} if not isinstance(value, (list, dict)) or draw.random() < 0.3 else {"serialized_value": {"serialization_format": draw.choice(["JSON_FORMAT", "JSON_FORMAT", "XML"]), "value": json.dumps(value)}}
    if draw.random() < 0.3:
        one["rationale"] = draw.choice(["because", "", "ä"])
    if draw.random() < 0.3:
        one["metadata"] = {"k": draw.choice(TEXTS)}
    if draw.random() < 0.2:
        one["span_id"] = "0000000000000001"
    if draw.random() < 0.15:
        one["create_time"] = "2023-11-14T22:13:20Z"
        one["last_update_time"] = "2023-11-14T22:13:20.250Z"
    return one


VALUES = ["gpt", "x", 5, 0.5, 1e16, 0.00001, True, ["a", 1], '{"a": 1}', "ä"]


def any_value(target, value):
    if isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        target.int_value = value
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, list):
        for one in value:
            any_value(target.array_value.values.add(), one)
    else:
        target.string_value = value


def spans_of(draw, number, part):
    """An OpenTelemetry request with a tree of spans of one trace."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    any_value(resource.resource.attributes.add(key="service.name").value, "svc")
    scope = resource.scope_spans.add()
    start = 1_700_000_000_000_000_000 + number * 1_000_000_000
    # Spans that come again would be counted again by MLflow's server.
    for i in range(part * 10, part * 10 + draw.randint(1, 5)):
        span = scope.spans.add()
        span.trace_id = number.to_bytes(16, "big")
        span.span_id = (number * 100 + i + 1).to_bytes(8, "big")
        if i:
            span.parent_span_id = (number * 100 + 1).to_bytes(8, "big")
        span.name = draw.choice(["root", "Root", "step"]) if i == 0 else draw.choice(["llm", "tool"])
        span.start_time_unix_nano = start + i * 1_000_000
        span.end_time_unix_nano = start + i * 1_000_000 + draw.choice([0, 1, 999_999, 1_000_000, 250_000_000])
        span.status.code = draw.choice([0, 1, 2])
        if span.status.code == 2:
            span.status.message = "failed"
        usage = draw.random() < 0.3
        for key in ["model", "a.b", "mlflow.spanType", "mlflow.spanInputs", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "input.value", "openinference.span.kind"]:
            # Servers newer than the one compared with take one count without the other.
            if usage if "usage" in key else draw.random() < 0.3:
                # MLflow looks for values that are no texts in the text of the whole span.
                value = draw.choice(["gpt", "x", "ä"] if key in ("model", "a.b") else VALUES)
                if "usage" in key:
                    value = draw.randint(1, 9)
                if key == "openinference.span.kind":
                    # What is no text is an error of MLflow's server.
                    value = draw.choice(["LLM", "TOOL", "x"])
                if key == "mlflow.spanType":
                    value = draw.choice(['"LLM"', '"TOOL"', "LLM"])
                any_value(span.attributes.add(key=key).value, value)
        if draw.random() < 0.2:
            event = span.events.add(name="exception", time_unix_nano=start + 5)
            any_value(event.attributes.add(key="exception.message").value, "boom")
    return request.SerializeToString()


def export(pair, experiment, raw):
    def fill(side):
        return {"raw": raw, "headers": {"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": side.fill(experiment)}}

    pair.check("POST", "/v1/traces", fill=fill, label="otlp")


def seed(pair, draw):
    """Experiments with traces told by clients and traces made of spans; ids of both."""
    experiments, traces = [], []
    for i in range(2):
        body = {"name": f"traces {i} {draw.random()}"}
        pick = lambda answer: answer["experiment_id"]
        experiments.append(pair.make(f"texp{i}", pick, "POST", "/api/2.0/mlflow/experiments/create", body=body))
    base = draw.randrange(10**6) * 1000
    for i in range(24):
        info = trace_info(draw, draw.choice(experiments), i)
        info["trace_id"] = f"tr-{base}x{i}"
        if draw.random() < 0.5:
            # Those with a time of their own are answered in their order, and read by their time.
            told = [assessment(draw) for _ in range(draw.randint(1, 3))]
            info["assessments"] = [{k: v for k, v in one.items() if "time" not in k} for one in told]
        pair.check("POST", V3, body={"trace": {"trace_info": info}}, label="start trace")
        traces.append(info["trace_id"])
    for i in range(10):
        number = base + i + 1
        real = number.to_bytes(16, "big").hex()
        for side in pair.sides:
            side.learn(f"trace{number}", real)
        experiment = draw.choice(experiments)
        for part in range(draw.choice([1, 1, 2])):
            export(pair, experiment, spans_of(draw, number, part))
        traces.append(f"tr-§trace{number}")
    return experiments, traces


def run(pair, draw, cases, until):
    experiments, traces = seed(pair, draw)
    for one in traces:
        pair.check("GET", f"{V3}/{one}", label="trace info")
        pair.check("GET", f"{V3}/get", query={"trace_id": one, "allow_partial": "true"}, label="whole trace")
    for _ in range(cases):
        if time.monotonic() > until:
            return
        step(pair, draw, experiments, traces)


def locations(draw, experiments):
    chosen = draw.sample(experiments, draw.choice([1, 2]))
    return [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": one}} for one in chosen]


def total(draw, names):
    """An order without ties: MLflow leaves those to its database."""
    return [*order_list(draw, names), "request_id"]


def step(pair, draw, experiments, traces):
    trace = draw.choice([*traces, "tr-none"])
    which = draw.randrange(16)
    if which < 6:
        body = {"locations": locations(draw, experiments), "max_results": draw.choice([100, 100, 500])}
        if draw.random() < 0.85:
            body["filter"] = filter_text(draw, FIELDS)
        if draw.random() < 0.6:
            body["order_by"] = total(draw, ORDERS)
        if draw.random() < 0.2:
            pair.pages("POST", f"{V3}/search", {**body, "max_results": draw.choice([1, 3, 7])}, 6)
        else:
            pair.check("POST", f"{V3}/search", body=body, label="search traces")
    elif which == 6:
        query = {"experiment_ids": draw.sample(experiments, 1), "filter": filter_text(draw, FIELDS), "order_by": total(draw, ORDERS), "max_results": 50}
        pair.check("GET", V2, query=query, label="search traces v2")
    elif which == 7:
        pair.check("POST", f"{V3}/metrics", body=metrics_query(draw, experiments), label="trace metrics")
    elif which == 8:
        change_assessments(pair, draw, trace)
    elif which == 9:
        version, field = draw.choice([(V3, "trace_id"), (V2, "request_id")])
        tag = {"key": draw.choice(["t1", "t 2", "new", "", "a/b", "x" * 251]), "value": draw.choice([*TEXTS, "", None, "y" * 5001])}
        pair.check("PATCH", f"{version}/{trace}/tags", body={**tag, **draw.choice([{}, {field: trace}])}, label=f"set tag of trace {field}")
    elif which == 10:
        pair.check("DELETE", f"{V3}/{trace}/tags", body={"key": draw.choice(["t1", "new", ""])}, label="delete tag of trace")
    elif which == 11:
        ids = draw.sample(traces, 3) + draw.choice([[], ["tr-none"], traces[:1] * 2])
        if draw.random() < 0.5:
            pair.check("POST", f"{V3}/batchGetInfos", body={"trace_ids": ids}, label="infos")
        else:
            pair.check("GET", f"{V3}/batchGet", query={"trace_ids": ids}, label="whole traces")
    elif which == 12:
        body = {"experiment_ids": draw.sample(experiments, draw.choice([1, 2])), "filter_string1": filter_text(draw, FIELDS[:8]), "filter_string2": filter_text(draw, FIELDS[:8])}
        if draw.random() < 0.3:
            body["base_filter"] = filter_text(draw, FIELDS[:8])
        pair.check("POST", f"{V3}/calculate-filter-correlation", body=body, label="correlation")
    elif which == 13:
        pair.check("GET", draw.choice([f"{V3}/{trace}", f"{V2}/{trace}/info", f"{V3}/get?trace_id={trace}&allow_partial=true"]), label="read trace")
    elif which == 14:
        body = {"experiment_id": draw.choice([*experiments, "999999", ""])}
        body |= draw.choice([{}, {"request_ids": []}, {"request_ids": ["tr-none"]}, {"max_traces": 0, "max_timestamp_millis": 5}, {"max_traces": -1, "max_timestamp_millis": 5}, {"max_timestamp_millis": -5}, {"max_timestamp_millis": 5, "request_ids": ["x"]}, {"request_ids": ["x"], "max_traces": 1}, {"max_traces": 1}])
        pair.check("POST", draw.choice([V2, V3]) + "/delete-traces", body=body, label="delete traces")
    else:
        target = draw.choice(["link-to-run", "link-prompts"])
        body = {"trace_ids": [trace], "run_id": "run3"} if target == "link-to-run" else {"trace_id": trace, "prompt_versions": [{"name": "p", "version": draw.choice(["1", "01", "x"])}]}
        pair.check("POST", f"{V2}/{target}", body=body, label=target)


METRICS = {
    "TRACES": ["trace_count", "latency", "input_tokens", "output_tokens", "total_tokens", "input_cost", "total_cost"],
    "SPANS": ["span_count", "latency", "input_cost", "total_cost"],
    "ASSESSMENTS": ["assessment_count", "assessment_value"],
}
DIMENSIONS = ["trace_name", "trace_status", "span_name", "span_type", "span_status", "span_model_name", "assessment_name", "assessment_value", "session", "zzz"]
CONDITIONS = ["trace.status = 'OK'", "trace.tag.t1 = 'a'", "trace.metadata.m1 = 'a'", "span.name = 'root'", "span.type = 'LLM'", "assessment.name = 'quality'", "assessment.type = 'feedback'", "trace.zzz = 'a'", "status = 'OK'", "trace.tags.t1 = 'a'", "trace.status != 'OK'", "nonsense"]


def metrics_query(draw, experiments):
    view = draw.choice([*METRICS, *METRICS, "NOTHING"])
    kinds = draw.sample(["COUNT", "SUM", "AVG", "MIN", "MAX", "PERCENTILE"], draw.choice([0, 1, 1, 2]))
    body = {
        "experiment_ids": draw.sample(experiments, draw.choice([1, 2])),
        "view_type": view,
        "metric_name": draw.choice(METRICS.get(view, ["trace_count"]) + ["zzz"][: draw.random() < 0.1]),
        "aggregations": [{"aggregation_type": kind, **({"percentile_value": draw.choice([50, 95, 99.9, 0, 101])} if kind == "PERCENTILE" and draw.random() < 0.9 else {})} for kind in kinds],
    }
    if draw.random() < 0.5:
        body["dimensions"] = draw.sample(DIMENSIONS, draw.choice([1, 1, 2]))
    if draw.random() < 0.4:
        body["filters"] = draw.sample(CONDITIONS, draw.choice([1, 1, 2]))
    if draw.random() < 0.4:
        body |= {"time_interval_seconds": draw.choice([1, 60, 3600, 0, -1] if view != "ASSESSMENTS" else [86_400, 0]), "start_time_ms": draw.choice([0, 1_700_000_000_000]), "end_time_ms": draw.choice([1_700_000_030_000, 1_800_000_000_000])}
    if draw.random() < 0.1:
        body["max_results"] = draw.choice([0, -1, 1, 2, 1000, 1001])
    return body


def change_assessments(pair, draw, trace):
    pick = lambda answer: answer["assessment"]["assessment_id"].removeprefix("a-")
    given = assessment(draw)
    theirs, ours = pair.check("POST", f"{V3}/{trace}/assessments", body={"assessment": {"trace_id": trace, **given}}, label="add assessment")
    if theirs.status != 200 or ours.status != 200:
        return
    alias = f"assess{draw.randrange(10**9)}"
    for side, answer in zip(pair.sides, (theirs, ours)):
        side.learn(alias, pick(answer.raw))
    path = f"{V3}/{trace}/assessments/a-§{alias}"
    change = {"assessment": {**assessment(draw), "trace_id": trace, "assessment_id": f"a-§{alias}"}, "update_mask": draw.choice(["assessmentName", "feedback", "expectation", "rationale,metadata", "source", "feedback,expectation", ""])}
    for _ in range(draw.randint(0, 2)):
        pair.check("PATCH", path, body=change, label="change assessment")
    pair.check("GET", path, label="read assessment")
    if draw.random() < 0.4:
        pair.check("POST", f"{V3}/{trace}/assessments", body={"assessment": {"trace_id": trace, **given, "overrides": f"a-§{alias}"}}, label="override assessment")
    if draw.random() < 0.5:
        pair.check("DELETE", path, label="delete assessment")
        pair.check("GET", path, label="read assessment")
    pair.check("GET", f"{V3}/{trace}", label="trace info")
