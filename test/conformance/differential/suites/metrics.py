"""Histories of metrics in their three forms."""

import time

MLFLOW = "/api/2.0/mlflow"
VALUES = [0, 1, -1, 0.1, 1e308, -1e308, 1e-320, "NaN", "Infinity", "-Infinity", 123456789.123, "0.5", 3]


def seed(pair, draw):
    runs = []
    path = f"{MLFLOW}/experiments/create"
    body = {"name": f"metrics {draw.random()}"}
    experiment = pair.make("mexp", lambda answer: answer["experiment_id"], "POST", path, body=body)
    for i in range(6):
        body = {"experiment_id": experiment, "start_time": i, "run_name": f"r{i}"}
        pick = lambda answer: answer["run"]["info"]["run_id"]
        run = pair.make(f"mrun{i}", pick, "POST", f"{MLFLOW}/runs/create", body=body)
        same = True
        for _ in range(draw.randint(1, 6)):
            points = [
                {"key": draw.choice(["a", "b", "c d", "ü"]), "value": draw.choice(VALUES), "timestamp": draw.randint(0, 6), "step": draw.randint(-3, 30)}
                for _ in range(draw.randint(1, 40))
            ]
            # Points that differ by nothing but their value, or not at all, are an error of MLflow's at times.
            points = list({(p["key"], p["timestamp"], p["step"]): p for p in points}.values())
            pair.check("POST", f"{MLFLOW}/runs/log-batch", body={"run_id": run, "metrics": points})
            same = same and not pair.parted
            if draw.random() < 0.3:
                # NaN and infinities are stored as other numbers: a batch of them sent again is an error of MLflow's.
                again = [p for p in points if not isinstance(p["value"], str)]
                pair.check("POST", f"{MLFLOW}/runs/log-batch", body={"run_id": run, "metrics": again})
        point = {"run_id": run, "key": "a", "value": draw.choice(VALUES), "timestamp": 3, "step": 2}
        pair.check("POST", f"{MLFLOW}/runs/log-metric", body=point)
        # MLflow's server lost the whole batch where it failed at a point.
        if same and not pair.parted:
            runs.append(run)
    return runs


def run(pair, draw, cases, until):
    runs = seed(pair, draw)
    for one in runs:
        pair.check("GET", f"{MLFLOW}/runs/get", query={"run_id": one})
    for _ in range(cases):
        if time.monotonic() > until:
            return
        key = draw.choice(["a", "a", "b", "c d", "ü", "none"])
        kind = draw.randrange(5)
        if kind == 0:
            query = {"run_id": draw.choice(runs), "metric_key": key}
            if draw.random() < 0.2:
                query["max_results"] = draw.choice([0, -1, 5, 25000, 25001, "x", ""])
            pair.check("GET", f"{MLFLOW}/metrics/get-history", query=query, ordered=True)
        elif kind == 1:
            query = {"run_id": draw.choice(runs), "metric_key": key, "max_results": draw.choice([1, 2, 7, 50])}
            pair.pages("GET", f"{MLFLOW}/metrics/get-history", query, 8)
        elif kind == 2:
            query = {"run_ids": draw.sample(runs, draw.randint(1, 4)), "metric_key": key}
            if draw.random() < 0.7:
                query["max_results"] = draw.choice([1, 2, 3, 5, 10, 2500, 2501, 0, -1])
            if draw.random() < 0.3:
                query["start_step"] = draw.randint(-4, 20)
            if draw.random() < 0.3:
                query["end_step"] = draw.randint(-4, 30)
            answers = pair.both("GET", f"{MLFLOW}/metrics/get-history-bulk-interval", query=query, ordered=True)
            for answer in answers:
                by_run(answer)
            pair.report.case("metrics/bulk-interval", "GET", f"{MLFLOW}/metrics/get-history-bulk-interval", {"query": query}, *answers)
        elif kind == 4:
            edges(pair, draw, runs, key)
        else:
            query = {"run_id": draw.sample(runs, draw.randint(1, 3)), "metric_key": key}
            if draw.random() < 0.3:
                query["max_results"] = draw.choice([1, 5, 25000, 25001, 0, -1])
            path = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
            answers = pair.both("GET", path, query=query, ordered=True)
            if "max_results" not in query:
                for answer in answers:
                    by_run(answer)
                pair.report.case("metrics/bulk", "GET", path, {"query": query}, *answers)


TOKENS = ["x", "", " ", "0", "bnVsbA==", "W10=", "e30=", "eyJvZmZzZXQiOiAieCJ9", "eyJvZmZzZXQiOiBudWxsfQ==", "eyJvZmZzZXQiOiB0cnVlfQ", "ä", "====", "A" * 1000, "\ud7ff"]


def edges(pair, draw, runs, key):
    """Histories asked for in odd ways; of one run, whose points have an order."""
    one = draw.choice(runs)
    size = draw.choice([1, 3, 25000, 25001, "7", " 7", "+7", "7.0", "x", "", "1e1", "٣", "1_0", 2**31, 2**63])
    path, query = draw.choice([
        ("/ajax-api/2.0/mlflow/metrics/get-history-bulk", draw.choice([{"run_id": one, "metric_key": key, "max_results": size}, {"run_id": [one] * draw.choice([2, 100, 101]), "metric_key": key}, {"run_id": one}, {"metric_key": key}, {"run_id": "", "metric_key": key}, {"run_id": [one, "none"], "metric_key": key}, {"run_id": one, "metric_key": ""}, {"run_uuid": one, "metric_key": key}, {"run_id": one, "metric_key": [key, "none"]}, {"run_id": one, "metric_key": key, "page_token": "x"}])),
        (f"{MLFLOW}/metrics/get-history-bulk-interval", {"run_ids": draw.choice([[one, one], [one, "none"], ["none"], [""], [one] * 100, [one] * 101, [one, ""]]), "metric_key": draw.choice([key, key, ""]), "max_results": draw.choice([size, 3, 2500])}),
        (f"{MLFLOW}/metrics/get-history", {"run_id": draw.choice([one, one, "none", ""]), "metric_key": key, "max_results": draw.choice([size, 3]), "page_token": draw.choice([*TOKENS, ""])}),
        (f"{MLFLOW}/metrics/get-history", {"run_id": one, "metric_key": key, "page_token": draw.choice(TOKENS)}),
    ])
    pair.check("GET", path, label=f"edges of {path.split('/')[-1]}", query=query, ordered=True)


def by_run(answer):
    """Runs come in the order of their ids, which are each server's own."""
    if isinstance(answer.body, dict) and isinstance(answer.body.get("metrics"), list):
        answer.body["metrics"].sort(key=lambda point: str(point.get("run_id")))
