"""Random sequences of changes to a few traces: both versions of the API, spans, tags, assessments, links, deletion."""

import gzip
import time
import zlib

from suites.traces import assessment, spans_of, trace_info

V2, V3 = "/api/2.0/mlflow/traces", "/api/3.0/mlflow/traces"
TEXTS = ["a", "", "ä", "it's", "10", "x" * 300]
KEYS = ["t1", "t 2", "mlflow.traceName", "mlflow.user", "a.b", "ä"]
STATUSES = ["OK", "ERROR", "IN_PROGRESS", "TRACE_STATUS_UNSPECIFIED", 1, 3, "x"]


class World:
    """Experiments, runs and traces that both servers have, with the time up to which traces reach."""

    def __init__(self, pair, draw):
        self.experiments, self.runs, self.traces, self.assessments = [], [], [], []
        self.mark = draw.randrange(10**9)
        for i in range(2):
            pick = lambda answer: answer["experiment_id"]
            self.experiments.append(pair.make(f"tlexp{i}", pick, "POST", "/api/2.0/mlflow/experiments/create", body={"name": f"trace life {i} {self.mark}"}))
        for i in range(2):
            pick = lambda answer: answer["run"]["info"]["run_id"]
            self.runs.append(pair.make(f"tlrun{i}", pick, "POST", "/api/2.0/mlflow/runs/create", body={"experiment_id": self.experiments[0], "start_time": i, "run_name": f"r{i}"}))
        for _ in range(5):
            self.start(pair, draw)

    def start(self, pair, draw):
        experiment, number = draw.choice(self.experiments), len(self.traces)
        if draw.random() < 0.4:
            pairs = lambda: [{"key": k, "value": draw.choice(TEXTS)} for k in KEYS if draw.random() < 0.3]
            # Each trace of its own millisecond: those of one are in no order.
            body = {"experiment_id": experiment, "timestamp_ms": 1_700_000_000_000 + number, "request_metadata": pairs(), "tags": pairs()}
            theirs, ours = pair.check("POST", V2, label="start trace v2", body=body)
            if theirs.status == ours.status == 200:
                alias = f"tl{self.mark}x{number}"
                for side, answer in zip(pair.sides, (theirs, ours)):
                    side.learn(alias, answer.raw["trace_info"]["request_id"])
                self.traces.append(f"§{alias}")
            return
        info = trace_info(draw, experiment, number)
        info |= {"trace_id": f"tr-{self.mark}y{number}", "request_time": f"2023-11-14T22:14:{number % 60:02d}.{number:03d}Z"}
        if draw.random() < 0.3:
            info["assessments"] = [{k: v for k, v in assessment(draw).items() if "time" not in k}]
        theirs, ours = pair.check("POST", V3, label="start trace v3", body={"trace": {"trace_info": info}})
        if theirs.status == ours.status == 200:
            self.traces.append(info["trace_id"])


def otlp(pair, draw, world):
    number = world.mark % 10**7 * 100 + len(world.traces)
    body = spans_of(draw, number, 0)
    encoding = draw.choice(["", "", "gzip", "deflate", "br", "GZIP"])
    data = {"gzip": gzip.compress, "GZIP": gzip.compress, "deflate": zlib.compress}.get(encoding, lambda one: one)(body)
    headers = {"Content-Type": draw.choice(["application/x-protobuf"] * 5 + ["application/octet-stream", "application/x-protobuf; charset=x", ""])}
    if encoding:
        headers["Content-Encoding"] = encoding
    if draw.random() < 0.1:
        data = draw.choice([b"", b"\x00", b"hello", data[: len(data) // 2]])
    experiment = draw.choice([*world.experiments] * 4 + ["999999", None])

    def fill(side):
        chosen = {} if experiment is None else {"x-mlflow-experiment-id": side.fill(experiment)}
        return {"raw": data, "headers": {**headers, **chosen}}

    for side in pair.sides:
        side.learn(f"sp{number}", number.to_bytes(16, "big").hex())
    theirs, ours = pair.check("POST", "/v1/traces", fill=fill, label=f"otlp {encoding} {headers['Content-Type']}")
    if theirs.status == ours.status == 200:
        world.traces.append(f"tr-§sp{number}")


def change(pair, draw, world, trace):
    which = draw.randrange(10)
    tag = {"key": draw.choice(KEYS), "value": draw.choice(TEXTS)}
    if which == 0:
        world.start(pair, draw)
    elif which == 1:
        otlp(pair, draw, world)
    elif which == 2:
        body = {"timestamp_ms": draw.choice([1_700_000_000_500, 5, 0]), "status": draw.choice(STATUSES), "request_metadata": [tag][: draw.randint(0, 1)], "tags": [tag][: draw.randint(0, 1)]}
        pair.check("PATCH", f"{V2}/{trace}", label="end trace v2", body={k: v for k, v in body.items() if draw.random() < 0.85})
    elif which == 3:
        pair.check("PATCH", draw.choice([V2, V3]) + f"/{trace}/tags", label="set tag", body=tag)
    elif which == 4:
        pair.check("DELETE", draw.choice([V2, V3]) + f"/{trace}/tags", label="delete tag", body={"key": tag["key"]})
    elif which == 5:
        body = {"trace_ids": draw.choice([[trace], [trace, draw.choice(world.traces)], [trace, "tr-none"]]), "run_id": draw.choice([*world.runs, "none"])}
        if len(set(body["trace_ids"])) == len(body["trace_ids"]):
            pair.check("POST", f"{V2}/link-to-run", label="link to run", body=body)
    elif which == 6:
        body = {"trace_id": trace, "prompt_versions": [{"name": draw.choice(["p", "q"]), "version": draw.choice(["1", "2"])}]}
        pair.check("POST", f"{V2}/link-prompts", label="link prompts", body=body)
    elif which == 7:
        rate(pair, draw, world, trace)
    elif which == 8 and world.assessments:
        path = f"{V3}/{draw.choice(world.assessments)}"
        given = {k: v for k, v in assessment(draw).items() if k not in ("source", "span_id") and "time" not in k}
        mask = ",".join(draw.sample(["assessmentName", "feedback", "expectation", "rationale", "metadata"], draw.choice([1, 1, 2])))
        pair.check(*draw.choice([("PATCH", path), ("DELETE", path), ("GET", path)]), label="assessment", body={"assessment": given, "update_mask": mask})
    else:
        delete(pair, draw, world, trace)


def rate(pair, draw, world, trace):
    given = {k: v for k, v in assessment(draw).items() if "time" not in k}
    if world.assessments and draw.random() < 0.3:
        given["overrides"] = draw.choice(world.assessments).split("/")[-1]
    theirs, ours = pair.check("POST", f"{V3}/{trace}/assessments", label="assess", body={"assessment": given})
    if theirs.status == ours.status == 200:
        alias = f"ta{world.mark}x{len(world.assessments)}"
        for side, answer in zip(pair.sides, (theirs, ours)):
            side.learn(alias, answer.raw["assessment"]["assessment_id"].removeprefix("a-"))
        world.assessments.append(f"{trace}/assessments/a-§{alias}")


def delete(pair, draw, world, trace):
    how = draw.choice([{"request_ids": [trace]}, {"request_ids": [trace, "tr-none"]}, {"max_timestamp_millis": 1_700_000_000_001}, {"max_timestamp_millis": 2_000_000_000_000, "max_traces": 1}, {"max_timestamp_millis": "1700000060000", "max_traces": "1"}])
    body = {"experiment_id": draw.choice(world.experiments), **how}
    pair.check("POST", draw.choice([V2, V3]) + "/delete-traces", label="delete traces", body=body)


FILTERS = [
    "", "", "tags.t1 = 'a'", "tags.`t 2` != 'a'", "name = 'alpha'", "metadata.m1 LIKE '%a%'", "status = 'OK'", "status IN ('OK', 'ERROR')", "trace.status != 'OK'", "run_id = '§tlrun0'", "run_id != '§tlrun0'", "metadata.`mlflow.sourceRun` = '§tlrun0'",
    "prompt = 'p/1'", "prompt = 'q/2'", "prompt != 'p/1'", "prompt LIKE 'p/1'", "prompt = 'p'", "feedback.quality = 'good'", "feedback.quality IS NOT NULL", "expectation.answer IS NULL", "feedback.score = '5'", "feedback.score = 5", "span.name = 'root'", "span.status = 'ERROR'", "span.type != 'LLM'",
    "execution_time_ms > 100", "timestamp_ms >= 1700000000000 AND timestamp_ms < 1700000000003", "client_request_id IS NULL", "trace.text LIKE '%gpt%'", "tags.t1 IS NULL AND status = 'OK'", "tags.t1 RLIKE '^a$'", "metadata.`mlflow.trace.session` = 's1'", "session_id = 's1'", "user = 'x'",
]


def look(pair, draw, world, trace):
    which = draw.randrange(8)
    if which == 0:
        pair.check("GET", f"{V3}/{trace}", label="trace info")
    elif which == 1:
        pair.check("GET", f"{V2}/{trace}/info", label="trace info v2")
    elif which == 2:
        pair.check("GET", f"{V3}/get", label="whole trace", query={"trace_id": trace, **draw.choice([{}, {"allow_partial": "true"}, {"allow_partial": "True"}, {"allow_partial": "false"}, {"allow_partial": "1"}])})
    elif which == 3:
        path = draw.choice(["/ajax-api/2.0/mlflow/get-trace-artifact", "/ajax-api/3.0/mlflow/get-trace-artifact"])
        pair.check("GET", path, label="trace artifact", query=draw.choice([{"request_id": trace}, {"request_id": trace}, {}, {"request_id": ""}, {"request_id": trace, "path": "../a"}, {"request_id": "tr-none"}]))
    elif which == 4:
        ids = draw.sample(world.traces, min(3, len(world.traces)))
        pair.check(*draw.choice([("GET", f"{V3}/batchGet"), ("POST", f"{V3}/batchGetInfos")]), label="batch", query={"trace_ids": ids}, body={"trace_ids": ids})
    else:
        chosen = draw.choice([world.experiments, world.experiments[:1]])
        body = {"filter": draw.choice(FILTERS), "order_by": draw.choice([[], ["timestamp_ms DESC"], ["timestamp_ms ASC"], ["tags.t1 DESC", "timestamp_ms"], ["execution_time", "timestamp_ms"], ["name DESC", "timestamp_ms"]])}
        if which == 5:
            pair.check("GET", V2, label=f"search v2 {body['filter']}", query={**body, "experiment_ids": chosen, "max_results": draw.choice([1, 100])})
        else:
            places = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": one}} for one in chosen]
            body |= {"locations": places, "max_results": draw.choice([1, 2, 100])}
            if body["max_results"] == 2:
                pair.pages("POST", f"{V3}/search", body, 5)
            else:
                pair.check("POST", f"{V3}/search", label=f"search v3 {body['filter']}", body=body)


def run(pair, draw, cases, until):
    world = World(pair, draw)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        if pair.parted or not world.traces or len(world.traces) > 40:
            # What one server wrote and the other did not is never read.
            world = World(pair, draw)
            pair.parted = False
            if not world.traces:
                continue
        trace = draw.choice(world.traces) if draw.random() < 0.94 else "tr-none"
        (change if draw.random() < 0.55 else look)(pair, draw, world, trace)
