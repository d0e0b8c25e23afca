"""Pages of every list: sizes that change on the way, tokens used twice, rows that come and go behind the place."""

import time

API, V3 = "/api/2.0/mlflow", "/api/3.0/mlflow"


class World:
    """Rows whose names say their order; further ones come behind all others."""

    def __init__(self, pair, draw):
        self.mark = f"paging{draw.randrange(10**9)}"
        self.count = {}
        self.experiment = pair.make("pgexp", lambda answer: answer["experiment_id"], "POST", f"{API}/experiments/create", body={"name": f"{self.mark} home"})
        self.run = self.make(pair, "runs")
        for kind in ADD:
            for _ in range(draw.randint(5, 9)):
                self.make(pair, kind)

    def make(self, pair, kind):
        number = self.count[kind] = self.count.get(kind, -1) + 1
        # Times order some lists.
        time.sleep(0.003)
        return ADD[kind](pair, self, number, f"{self.mark} {number:03d}")


def add_experiment(pair, world, number, name):
    pair.check("POST", f"{API}/experiments/create", label="row", body={"name": name})


def add_run(pair, world, number, name):
    pick = lambda answer: answer["run"]["info"]["run_id"]
    body = {"experiment_id": world.experiment, "start_time": 1000 - number, "run_name": name, "tags": [{"key": "t", "value": name}]}
    run = pair.make(f"pgrun{number}", pick, "POST", f"{API}/runs/create", body=body)
    pair.check("POST", f"{API}/runs/log-metric", label="row", body={"run_id": run, "key": "m", "value": number // 2, "timestamp": 1})
    return run


def add_model(pair, world, number, name):
    pair.check("POST", f"{API}/registered-models/create", label="row", body={"name": name})


def add_version(pair, world, number, name):
    if number == 0:
        pair.check("POST", f"{API}/registered-models/create", label="row", body={"name": f"{world.mark} versions"})
    pair.check("POST", f"{API}/model-versions/create", label="row", body={"name": f"{world.mark} versions", "source": "s3://b/a"})


def add_logged(pair, world, number, name):
    pick = lambda answer: answer["model"]["info"]["model_id"]
    return pair.make(f"pgmodel{number}", pick, "POST", f"{API}/logged-models", body={"experiment_id": world.experiment, "name": name})


def add_trace(pair, world, number, name):
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": world.experiment}}
    info = {"trace_id": f"tr-{world.mark}x{number:03d}", "trace_location": place, "request_time": f"2023-11-14T22:13:20.{999 - number:03d}Z", "state": "OK", "tags": {"mlflow.traceName": name}}
    pair.check("POST", f"{V3}/traces", label="row", body={"trace": {"trace_info": info}})


def add_point(pair, world, number, name):
    point = {"key": "history", "value": number, "timestamp": number // 3, "step": number}
    pair.check("POST", f"{API}/runs/log-metric", label="row", body={"run_id": world.run, **point})


ADD = {"experiments": add_experiment, "runs": add_run, "models": add_model, "versions": add_version, "logged": add_logged, "traces": add_trace, "points": add_point}


def searches(draw, world):
    """Method, path, request, and which rows are listed: in the order in which they are made."""
    place = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": world.experiment}}]
    name = f"name LIKE '{world.mark}%'"
    return draw.choice([
        ("POST", f"{API}/runs/search", {"experiment_ids": [world.experiment]}, "runs"),
        ("POST", f"{API}/runs/search", {"experiment_ids": [world.experiment], "order_by": ["attributes.run_name ASC"]}, "runs"),
        ("POST", f"{API}/runs/search", {"experiment_ids": [world.experiment], "order_by": ["metrics.m ASC"]}, "runs"),
        ("POST", f"{API}/runs/search", {"experiment_ids": [world.experiment], "order_by": ["tags.t"], "filter": "metrics.m >= 0", "run_view_type": "ALL"}, "runs"),
        ("POST", f"{API}/experiments/search", {"filter": name, "order_by": ["name ASC"]}, "experiments"),
        ("GET", f"{API}/experiments/search", {"filter": name, "order_by": ["creation_time"], "view_type": "ALL"}, "experiments"),
        ("GET", f"{API}/registered-models/search", {"filter": name}, "models"),
        ("GET", f"{API}/registered-models/search", {"filter": name, "order_by": ["timestamp ASC"]}, "models"),
        ("GET", f"{API}/model-versions/search", {"filter": f"name = '{world.mark} versions'", "order_by": ["version_number ASC"]}, "versions"),
        ("GET", f"{API}/model-versions/search", {"filter": f"name = '{world.mark} versions'", "order_by": ["creation_timestamp ASC"]}, "versions"),
        ("POST", f"{API}/logged-models/search", {"experiment_ids": [world.experiment], "order_by": [{"field_name": "name"}]}, "logged"),
        ("POST", f"{API}/logged-models/search", {"experiment_ids": [world.experiment], "filter": name, "order_by": [{"field_name": "creation_timestamp", "ascending": True}]}, "logged"),
        ("POST", f"{V3}/traces/search", {"locations": place}, "traces"),
        ("POST", f"{V3}/traces/search", {"locations": place, "order_by": ["name ASC"]}, "traces"),
        ("GET", f"{API}/traces", {"experiment_ids": [world.experiment], "order_by": ["timestamp_ms DESC"]}, "traces"),
        ("GET", f"{API}/metrics/get-history", {"run_id": world.run, "metric_key": "history"}, "points"),
    ])


def page(pair, method, path, body, tokens):
    answers = []
    for side, token in zip(pair.sides, tokens):
        asked = {**body, **({"page_token": token} if token else {})}
        answers.append(pair.answer(side, side.send(method, path, **({"query": asked} if method == "GET" else {"body": asked}))))
    pair.report.case(f"page of {path}", method, path, {"body": body}, *answers)
    return [answer.next for answer in answers]


def run(pair, draw, cases, until):
    world = World(pair, draw)
    for _ in range(max(1, cases // 5)):
        if time.monotonic() > until:
            return
        if max(world.count.values()) > 60:
            world = World(pair, draw)
        method, path, body, kind = searches(draw, world)
        tokens = [None, None]
        for _ in range(12):
            asked = {**body, "max_results": draw.choice([1, 2, 3, 5, 100])}
            following = page(pair, method, path, asked, tokens)
            if draw.random() < 0.2:
                # The same place again, with another size.
                page(pair, method, path, {**body, "max_results": draw.choice([1, 4])}, tokens)
            tokens = following
            if not all(tokens):
                break
            if draw.random() < 0.25:
                world.make(pair, kind)
