"""What deletion, restoring and renaming of one thing does to those that belong to it."""

import time

API = "/api/2.0/mlflow"
V3 = "/api/3.0/mlflow"


class World:
    def __init__(self, pair, draw):
        self.mark = f"cascade{draw.randrange(10**9)}"
        self.experiments, self.runs, self.models = [], [], []
        for i in range(3):
            pick = lambda answer: answer["experiment_id"]
            self.experiments.append(pair.make(f"cexp{i}", pick, "POST", f"{API}/experiments/create", body={"name": f"{self.mark} {i}", "tags": [{"key": "a", "value": str(i)}]}))
            time.sleep(0.004)
        for i in range(6):
            body = {"experiment_id": self.experiments[i % 3], "start_time": i, "run_name": f"r{i}"}
            pick = lambda answer: answer["run"]["info"]["run_id"]
            self.runs.append(pair.make(f"crun{i}", pick, "POST", f"{API}/runs/create", body=body))
            point = {"key": "m", "value": i, "timestamp": i, "step": 0}
            pair.check("POST", f"{API}/runs/log-batch", body={"run_id": self.runs[i], "metrics": [point], "params": [{"key": "p", "value": str(i % 2)}], "tags": [{"key": "t", "value": str(i % 2)}]})
        for i in range(4):
            body = {"experiment_id": self.experiments[i % 3], "name": f"m{i}", "source_run_id": self.runs[i % 3]}
            pick = lambda answer: answer["model"]["info"]["model_id"]
            self.models.append(pair.make(f"cmodel{i}", pick, "POST", f"{API}/logged-models", body=body))
        for i in range(3):
            info = {"trace_id": f"tr-{self.mark}x{i}", "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": self.experiments[i]}}, "request_time": f"2023-11-14T22:13:2{i}Z", "state": "OK"}
            pair.check("POST", f"{V3}/traces", body={"trace": {"trace_info": info}})
        for i in range(2):
            pair.check("POST", f"{API}/registered-models/create", body={"name": f"{self.mark} {i}"})
            for source in (f"models:/{self.models[i]}", "s3://b/a"):
                pair.check("POST", f"{API}/model-versions/create", body={"name": f"{self.mark} {i}", "source": source, "run_id": self.runs[i], **draw.choice([{}, {"model_id": self.models[i]}])})
        self.made = 0


def change(draw, world):
    experiment, run, model = draw.choice(world.experiments), draw.choice(world.runs), draw.choice(world.models)
    name, other = (f"{world.mark} {draw.randrange(3)}" for _ in range(2))
    version = draw.choice(["1", "2", "3"])
    world.made += 1
    fresh = f"{world.mark} fresh {world.made}"
    trace = f"tr-{world.mark}x{draw.randrange(3)}"
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    return draw.choice([
        *[("POST", "/experiments/delete", {"experiment_id": experiment})] * 2,
        *[("POST", "/experiments/restore", {"experiment_id": experiment})] * 3,
        ("POST", "/experiments/update", {"experiment_id": experiment, "new_name": draw.choice([fresh, name])}),
        ("POST", "/experiments/create", {"name": name}),
        ("POST", "/experiments/set-experiment-tag", {"experiment_id": experiment, "key": "a", "value": draw.choice("01")}),
        ("POST", "/runs/delete", {"run_id": run}),
        *[("POST", "/runs/restore", {"run_id": run})] * 2,
        ("POST", "/runs/create", {"experiment_id": experiment, "start_time": 100 + world.made, "run_name": "n"}),
        ("POST", "/runs/update", {"run_id": run, "status": "FINISHED", "end_time": 7}),
        ("POST", "/runs/log-metric", {"run_id": run, "key": "m", "value": 1, "timestamp": 50 + world.made, "step": 1}),
        ("POST", "/runs/log-metric", {"run_id": run, "key": "mm", "value": 1, "timestamp": 50 + world.made, "step": 1, "model_id": model}),
        ("POST", "/runs/log-parameter", {"run_id": run, "key": "p", "value": draw.choice("01")}),
        ("POST", "/runs/outputs", {"run_id": run, "models": [{"model_id": model, "step": world.made}]}),
        ("POST", "/runs/log-inputs", {"run_id": run, "models": [{"model_id": model}], "datasets": []}),
        ("POST", "/logged-models", {"experiment_id": experiment, "name": "n", "source_run_id": run}),
        ("DELETE", f"/logged-models/{model}", None),
        ("PATCH", f"/logged-models/{model}", {"model_id": model, "status": "LOGGED_MODEL_READY"}),
        ("PATCH", f"/logged-models/{model}/tags", {"model_id": model, "tags": [{"key": "a", "value": "1"}]}),
        ("POST", "/registered-models/rename", {"name": name, "new_name": other}),
        ("DELETE", "/registered-models/delete", {"name": name}),
        ("POST", "/registered-models/create", {"name": name}),
        ("POST", "/model-versions/create", {"name": name, "source": f"models:/{model}"}),
        ("POST", "/model-versions/create", {"name": name, "source": f"models:/{other}/{version}"}),
        ("POST", "/model-versions/create", {"name": name, "source": f"runs:/{run}/model", "run_id": run}),
        ("DELETE", "/model-versions/delete", {"name": name, "version": version}),
        ("POST", "/model-versions/transition-stage", {"name": name, "version": version, "stage": draw.choice(["Staging", "Production"]), "archive_existing_versions": draw.choice([True, False])}),
        ("V3", "/traces", {"trace": {"trace_info": {"trace_id": f"tr-{world.mark}n{world.made}", "trace_location": place, "request_time": "2023-11-14T22:15:20Z", "state": "OK"}}}),
        ("V3", f"/traces/{trace}/assessments", {"assessment": {"assessment_name": "q", "source": {"source_type": "HUMAN", "source_id": "ana"}, "feedback": {"value": True}}}),
    ])


def look(draw, world):
    experiment, run, model = draw.choice(world.experiments), draw.choice(world.runs), draw.choice(world.models)
    name, version = f"{world.mark} {draw.randrange(3)}", draw.choice(["1", "2", "3"])
    view = draw.choice(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"])
    places = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": one}} for one in world.experiments]
    return draw.choice([
        ("GET", "/experiments/get", {"experiment_id": experiment}),
        ("GET", "/experiments/get-by-name", {"experiment_name": name}),
        ("POST", "/experiments/search", {"max_results": 100, "view_type": view, "filter": f"name LIKE '{world.mark}%'", "order_by": draw.choice([["name"], ["last_update_time DESC", "name"], ["creation_time", "name DESC"]])}),
        ("GET", "/experiments/search", {"max_results": 100, "view_type": view, "filter": f"name ILIKE '{world.mark.upper()}%' AND tags.a = '1'"}),
        ("GET", "/runs/get", {"run_id": run}),
        ("POST", "/runs/search", {"experiment_ids": world.experiments, "run_view_type": view, "filter": draw.choice(["", "params.p = '1'", "metrics.m >= 2", "tags.t = '0'", "attributes.status = 'RUNNING'"]), "order_by": draw.choice([[], ["metrics.m"], ["attributes.run_name DESC"], ["end_time", "start_time DESC"]])}),
        ("GET", "/metrics/get-history", {"run_id": run, "metric_key": "m", "max_results": 100}),
        ("GET", "/metrics/get-history-bulk-interval", {"run_ids": [run], "metric_key": "m", "max_results": 100}),
        ("GET", "/artifacts/list", {"run_id": run}),
        ("GET", f"/logged-models/{model}", {}),
        ("GET", f"/logged-models/{model}", {"allow_deleted": draw.choice(["true", "True", "1"])}),
        ("POST", "/logged-models/search", {"experiment_ids": world.experiments, "order_by": [{"field_name": "name"}, {"field_name": "creation_timestamp"}], "filter": draw.choice(["", f"source_run_id = '{run}'", "metrics.mm > 0", "name = 'n'"])}),
        ("GET", "/registered-models/get", {"name": name}),
        ("GET", "/registered-models/search", {"filter": f"name LIKE '{world.mark}%'", "order_by": draw.choice([["name"], ["name DESC"], ["last_updated_timestamp DESC", "name"]])}),
        ("GET", "/model-versions/search", {"filter": draw.choice([f"run_id = '{run}'", f"name = '{name}'", f"name LIKE '{world.mark}%'"]), "order_by": ["name", "version_number"]}),
        ("GET", "/model-versions/get", {"name": name, "version": version}),
        ("GET", "/model-versions/get-download-uri", {"name": name, "version": version}),
        ("V3", "/traces/search", {"locations": places, "max_results": 50, "order_by": ["timestamp_ms", "request_id"]}),
        ("V3GET", f"/traces/tr-{world.mark}x{draw.randrange(3)}", {}),
    ])


def run(pair, draw, cases, until):
    world = World(pair, draw)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        if pair.parted or world.made > 150:
            # What one server wrote and the other did not is never read.
            world = World(pair, draw)
        # Times that say which came later are told apart.
        time.sleep(0.002)
        method, path, asked = (change if draw.random() < 0.5 else look)(draw, world)
        base = V3 if method.startswith("V3") else API
        method = {"V3": "POST", "V3GET": "GET"}.get(method, method)
        sent = {"query": asked} if method == "GET" else {"body": asked}
        pair.check(method, base + path, label=f"cascade {method} {path.split('§')[0].split('tr-')[0]}", **sent)
