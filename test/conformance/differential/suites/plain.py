"""HTTP around the API: aliases for the interface, queries against bodies, headers, booleans, pages about the server."""

import json
import time

API, AJAX = "/api/2.0/mlflow", "/ajax-api/2.0/mlflow"
TRUTHS = ["true", "false", "True", "FALSE", "1", "0", "yes", "", "null", "on"]
TYPES = [{}, {"Content-Type": "application/json"}, {"Content-Type": "application/json; charset=utf-8"}, {"Content-Type": "text/plain"}, {"Content-Type": "*/*"}]
EXTRA = [{}, {}, {"Accept": "text/html"}, {"Accept-Encoding": "gzip"}, {"User-Agent": "mlflow-python-client/2.9.2"}, {"X-MLflow-Client-Version": "9.9.9"}, {"Accept-Language": "de"}, {"Cookie": "a=b"}, {"Cache-Control": "no-cache"}, {"X-Forwarded-Proto": "https"}]


class World:
    def __init__(self, pair, draw):
        self.mark = f"plain{draw.randrange(10**9)}"
        self.experiment = pair.make("pexp", lambda answer: answer["experiment_id"], "POST", f"{API}/experiments/create", body={"name": self.mark})
        pick = lambda answer: answer["run"]["info"]["run_id"]
        self.run = pair.make("prun", pick, "POST", f"{API}/runs/create", body={"experiment_id": self.experiment, "start_time": 1, "run_name": "r"})
        points = [{"key": "m", "value": i / 4, "timestamp": i, "step": i} for i in range(12)]
        pair.check("POST", f"{API}/runs/log-batch", body={"run_id": self.run, "metrics": points, "params": [{"key": "p", "value": "1"}], "tags": []})
        self.model = pair.make("pmodel", lambda answer: answer["model"]["info"]["model_id"], "POST", f"{API}/logged-models", body={"experiment_id": self.experiment, "name": "m"})
        pair.check("POST", f"{API}/registered-models/create", body={"name": self.mark})
        for _ in range(2):
            pair.check("POST", f"{API}/model-versions/create", body={"name": self.mark, "source": "s3://b/a"})
        pair.check("POST", f"{API}/registered-models/alias", body={"name": self.mark, "alias": "x", "version": "1"})


def reads(draw, world):
    """Requests by GET with the fields that each has."""
    return draw.choice([
        ("/experiments/get", {"experiment_id": world.experiment}),
        ("/experiments/get-by-name", {"experiment_name": world.mark}),
        ("/experiments/search", {"max_results": 5, "filter": f"name = '{world.mark}'", "view_type": draw.choice(["ACTIVE_ONLY", "ALL", "1", "2", "3", "active_only", "x", ""])}),
        ("/runs/get", {"run_id": world.run}),
        ("/runs/get", {"run_uuid": world.run}),
        ("/metrics/get-history", {"run_id": world.run, "metric_key": "m", "max_results": draw.choice([3, "3", "03", " 3", "+3", "3.0", "1e1"])}),
        ("/metrics/get-history", {"run_uuid": world.run, "metric_key": "m", "max_results": 100}),
        ("/metrics/get-history-bulk-interval", {"run_ids": world.run, "metric_key": "m", "max_results": draw.choice(["3", "100", "x", ""]), **draw.choice([{}, {"start_step": "2", "end_step": "7"}, {"start_step": "", "end_step": ""}, {"start_step": "x", "end_step": "y"}])}),
        ("/artifacts/list", {"run_id": world.run, **draw.choice([{}, {"path": ""}, {"path": "a"}, {"page_token": "x"}])}),
        ("/artifacts/list", {"run_uuid": world.run}),
        (f"/logged-models/{world.model}", {"allow_deleted": draw.choice(TRUTHS)}),
        (f"/logged-models/{world.model}/artifacts/directories", {"artifact_directory_path": draw.choice(["", "a"])}),
        ("/registered-models/get", {"name": world.mark}),
        ("/registered-models/search", {"filter": f"name = '{world.mark}'", "max_results": "5"}),
        ("/registered-models/get-latest-versions", {"name": world.mark, "stages": draw.choice(["None", ["None", "Staging"], ""])}),
        ("/registered-models/alias", {"name": world.mark, "alias": "x"}),
        ("/model-versions/get", {"name": world.mark, "version": draw.choice(["1", "2", "1.0", "01", " 1"])}),
        ("/model-versions/search", {"filter": f"name = '{world.mark}'", "order_by": draw.choice(["version_number", ["name", "version_number DESC"]])}),
        ("/model-versions/get-download-uri", {"name": world.mark, "version": "1"}),
        ("3/traces/get", {"trace_id": "tr-none", "allow_partial": draw.choice(TRUTHS)}),
        ("3/traces/batchGet", {"trace_ids": draw.choice(["tr-none", ["tr-a", "tr-b"], ""])}),
        ("3/scorers/list", {"experiment_id": world.experiment}),
    ])


def prefixed(draw, path):
    version = "3.0" if path.startswith("3") else "2.0"
    door = draw.choice(["api", "ajax-api"])
    return f"/{door}/{version}/mlflow{path.removeprefix('3')}"


def described(answer, response):
    """The answer with the headers by which a client reads it."""
    kind = response.headers.get("Content-Type", "").split(";")[0]
    if answer.status == 200 and kind != "application/json":
        answer.body = {"answer": answer.body, "type": kind}
    return answer


def compared(pair, label, method, path, **request):
    responses = [(side, side.send(method, path, **request)) for side in pair.sides]
    answers = [described(pair.answer(side, response), response) for side, response in responses]
    pair.report.case(label, method, path, request, *answers)


def by_get(pair, draw, world):
    path, query = reads(draw, world)
    how = draw.random()
    if "search" in path:
        # Searches without a filter would find what other suites left on one server only.
        query = {**query, "nonsense": "1"}
    elif how < 0.2:
        query = {**query, draw.choice(list(query)): ""}
    elif how < 0.3:
        del query[draw.choice(list(query))]
    elif how < 0.4:
        query = {**query, "nonsense": "1", "page_token": draw.choice(["", "x"])}
    headers = {**draw.choice(TYPES), **draw.choice(EXTRA)}
    if how > 0.93:
        # Without a query a body is read, whatever the method.
        text = json.dumps(query, ensure_ascii=False)
        compared(pair, f"GET {path.split('§')[0]} by its body", "GET", prefixed(draw, path), raw=text, headers={"Content-Type": "application/json"})
        return
    compared(pair, f"GET {path.split('§')[0]}", "GET", prefixed(draw, path), query=query, headers=headers)


def by_post(pair, draw, world):
    path, body = draw.choice([
        ("/runs/search", {"experiment_ids": [world.experiment], "max_results": 5, "run_view_type": draw.choice(["ACTIVE_ONLY", "active_only", 1, 3, "3", 0, 4, "", None, "x"])}),
        ("/runs/search", {"experiment_ids": [world.experiment, world.experiment], "filter": draw.choice(["", " ", None, "\n"]), "order_by": draw.choice([[], None, [""], "start_time", ["start_time", "start_time"]])}),
        ("/experiments/search", {"max_results": 5, "filter": f"name = '{world.mark}'", "view_type": draw.choice(["ACTIVE_ONLY", 1, 2, 3, "3", 0, 4, "", None, "x"])}),
        ("/logged-models/search", {"experiment_ids": [world.experiment], "max_results": draw.choice([5, "5"])}),
        ("/registered-models/get-latest-versions", {"name": world.mark, "stages": draw.choice([[], ["None"], ["none", "None"], None])}),
        ("/model-versions/transition-stage", {"name": world.mark, "version": draw.choice(["1", 1, "2"]), "stage": draw.choice(["Staging", "Production", "None"]), "archive_existing_versions": draw.choice([True, False, "true", "True", "x", 1, None])}),
        ("/runs/update", {"run_id": world.run, "status": draw.choice(["FINISHED", "finished", 3, "3", 0, 9, ""])}),
        ("/runs/restore", {"run_id": world.run}),
        ("/runs/log-batch", {"run_id": world.run, **draw.choice([{}, {"metrics": []}, {"metrics": None, "params": None}, {"tags": [{"key": "t", "value": None}]}])}),
        ("/experiments/set-experiment-tag", {"experiment_id": world.experiment, "key": "k", **draw.choice([{}, {"value": None}, {"value": ""}])}),
        ("3/traces/batchGetInfos", {"trace_ids": draw.choice([[], ["tr-none"], None])}),
        ("3/traces/search", {"locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": world.experiment}}], "max_results": draw.choice([0, 1, 500, 501, -1, "5"])}),
        ("3/datasets/search", {"experiment_ids": [world.experiment], "max_results": draw.choice([0, 1, 50000, 50001, -1, "5"])}),
        ("3/issues/search", {"experiment_id": world.experiment, "max_results": draw.choice([0, 1, 500, -1, "5"])}),
    ])
    target = prefixed(draw, path) + draw.choice(["", "", "", "?max_results=1", "?experiment_ids=0&run_id=x"])
    pair.check("POST", target, label=f"POST {path}", body=body, headers={"Content-Type": "application/json", **draw.choice(EXTRA)})


def about(pair, draw):
    method, path = draw.choice([("GET", "/health"), ("HEAD", "/health"), ("POST", "/health"), ("GET", "/health/"), ("GET", f"{AJAX}/gateway-proxy"), ("GET", f"{API}/nothing"), ("POST", f"{API}"), ("GET", "/api"), ("GET", "/api/2.0"), ("GET", "/api/1.0/mlflow/runs/get"), ("GET", "/api/4.0/mlflow/runs/get"), ("GET", "/api/3.0/mlflow/runs/get"), ("POST", "/api/3.0/mlflow/runs/search"), ("GET", "/api/2.0/preview/mlflow/experiments/list"), ("GET", f"{API}/users/current"), ("OPTIONS", f"{API}/runs/search"), ("GET", "/api/2.0/mlflow/traces/x"), ("DELETE", "/api/3.0/mlflow/traces/x"), ("PUT", "/api/3.0/mlflow/datasets/x")])
    answers = pair.both(method, path, headers={})
    for answer in answers:
        if answer.status in (404, 405):
            # A page on one server, JSON on the other.
            answer.body = {}
    pair.report.case(f"{method} {path}", method, path, {}, *answers)


def run(pair, draw, cases, until):
    world = World(pair, draw)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        which = draw.random()
        if which < 0.55:
            by_get(pair, draw, world)
        elif which < 0.9:
            by_post(pair, draw, world)
            if pair.parted:
                world = World(pair, draw)
                pair.parted = False
        else:
            about(pair, draw)
