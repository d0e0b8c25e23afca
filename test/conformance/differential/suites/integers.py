"""Integers at the edges of 64 bits, and metric values at those of doubles: in, out, ordered, paged, filtered."""

import time

API = "/api/2.0/mlflow"
EDGES = [0, 1, -1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**62 + 1, 2**63 - 1, 2**63 - 2, -(2**63), 2**63, -(2**63) - 1, 10**30]
VALUES = [0.0, -0.0, 1e-320, 5e-324, 1.7976931348623157e308, "1e400", "NaN", "Infinity", "-Infinity", 0.1, 1 / 3, 2**53 + 1, 2**63, 1e16, 1e15, 1e-4, 9.999e-5, "1e5", "-1.5E-7", " 1", "1_0", "0x1", "nan", "inf", "-INF", "+1", "1.", ".5", "", True]


def edge(draw):
    number = draw.choice(EDGES)
    return draw.choice([number, number, str(number), float(number) if abs(number) < 2**60 else number])


def run(pair, draw, cases, until):
    pick = lambda answer: answer["run"]["info"]["run_id"]
    runs = []
    for number in range(cases):
        if time.monotonic() > until:
            return
        if not runs or pair.parted:
            # What one server wrote and the other did not is never read.
            experiment = pair.make(f"iexp{number}", lambda answer: answer["experiment_id"], "POST", f"{API}/experiments/create", body={"name": f"integers {draw.random()}"})
            runs = [pair.make(f"irun{i}x{number}", pick, "POST", f"{API}/runs/create", body={"experiment_id": experiment, "start_time": i, "run_name": f"r{i}"}) for i in range(4)]
        step(pair, draw, experiment, runs, number)


def step(pair, draw, experiment, runs, number):
    run_id, key = draw.choice(runs), draw.choice(["a", "b"])
    # Points that are there already make MLflow's database fail at times: values are all different.
    metric = {"key": key, "value": draw.choice([number, number, number + 0.5, draw.choice(VALUES)]), "timestamp": edge(draw), "step": edge(draw)}
    which = draw.randrange(12)
    if which < 3:
        pair.check("POST", f"{API}/runs/log-metric", label="log-metric at an edge", body={"run_id": run_id, **metric})
    elif which == 3:
        pair.check("POST", f"{API}/runs/log-batch", label="log-batch at an edge", body={"run_id": run_id, "metrics": [metric, {**metric, "value": number + 0.25, "step": edge(draw)}]})
    elif which == 4:
        pair.check("GET", f"{API}/metrics/get-history", label="history at edges", query={"run_id": run_id, "metric_key": key, "max_results": 1000})
        pair.pages("GET", f"{API}/metrics/get-history", {"run_id": run_id, "metric_key": key, "max_results": 3}, 4)
    elif which == 5:
        pair.check("GET", f"{API}/metrics/get-history-bulk-interval", label="interval at edges", query={"run_ids": draw.sample(runs, 2), "metric_key": key, "start_step": edge(draw), "end_step": edge(draw), "max_results": draw.choice([1, 5, 2500])})
    elif which == 6:
        pair.check("GET", f"{API}/runs/get", label="run at edges", query={"run_id": run_id})
    elif which == 7:
        # The name first: a time that cannot be stops the reader, and runs with names of their own choice have no order.
        body = {"experiment_id": experiment, "run_name": f"n{number}", "start_time": edge(draw)}
        pair.check("POST", f"{API}/runs/create", label="start at an edge", body=body)
    elif which == 8:
        pair.check("POST", f"{API}/runs/update", label="end at an edge", body={"run_id": run_id, "status": draw.choice(["FINISHED", "RUNNING"]), "end_time": edge(draw)})
    elif which == 9:
        field = draw.choice(["attributes.start_time", "attributes.end_time", "metrics.a", "metrics.b"])
        text = f"{field} {draw.choice(['=', '!=', '<', '>', '<=', '>='])} {draw.choice([*EDGES, 0.5, -1.5, 1e308, '1e3', '.5', '5.', '-0'])}"
        body = {"experiment_ids": [experiment], "filter": text, "order_by": [draw.choice(["attributes.start_time DESC", "metrics.a", "metrics.b DESC", "attributes.end_time"]), "attributes.run_name"], "max_results": draw.choice([2, 100])}
        pair.check("POST", f"{API}/runs/search", label="search at edges", body=body)
    elif which == 10:
        path, body = draw.choice([
            ("/experiments/search", {"filter": "name = 'none'", "max_results": edge(draw)}),
            ("/runs/outputs", {"run_id": run_id, "models": [{"model_id": f"m-{number}", "step": edge(draw)}]}),
            ("/runs/search", {"experiment_ids": [experiment], "filter": "params.none = 'x'", "max_results": edge(draw)}),
            ("/experiments/search", {"max_results": 5, "filter": f"creation_time {draw.choice('<>')} {draw.choice(EDGES)} AND name LIKE 'integers none%'"}),
        ])
        pair.check("POST", API + path, label=f"edge of {path}", body=body)
    else:
        path, query = draw.choice([
            ("/registered-models/search", {"filter": "name = 'none'", "max_results": edge(draw)}),
            ("/model-versions/search", {"filter": "name = 'none'", "max_results": edge(draw)}),
            ("/model-versions/search", {"filter": f"name = 'none' AND version_number = {draw.choice(EDGES)}"}),
            ("/model-versions/get", {"name": "none", "version": edge(draw)}),
            ("/metrics/get-history", {"run_id": run_id, "metric_key": "none", "max_results": edge(draw)}),
        ])
        pair.check("GET", API + path, label=f"edge of {path}", query=query)
