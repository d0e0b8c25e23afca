"""Where files lie: locations of experiments and what is made in them, and sources of versions of models and prompts."""

import time

API, V3 = "/api/2.0/mlflow", "/api/3.0/mlflow"
LOCATIONS = [
    "s3://b", "s3://b/", "s3://b/p", "s3://b/p/", "s3://b//p", "s3://b/p//", "s3://b/ä b", "s3://b/%20", "s3://b/p?x=1", "s3://b/p#f", "s3://b/p;x", "s3://u:p@b/p", "S3://b/p", "gs://b/p", "wasbs://c@a.net/p", "abfss://c@a.net/p", "dbfs:/p", "hdfs://h:1/p", "hdfs:/p", "ftp://h/p", "sftp://h/p",
    "http://h/p", "http://h/api/2.0/mlflow-artifacts/artifacts/p", "https://h:1/api/2.0/mlflow-artifacts/artifacts/p/", "mlflow-artifacts:", "mlflow-artifacts:/", "mlflow-artifacts:/p", "mlflow-artifacts:/p/", "mlflow-artifacts:/p/q", "mlflow-artifacts://h/p", "mlflow-artifacts://h:1/p", "mlflow-artifacts:///p", "models:/m/1", "runs:/x/y", "viewfs://h/p", "r2://b/p", "oci://b/p", "b2://b/p", "uc:/x",
]
SCHEMES = ["s3://b", "S3://b", "s3:", "s3:/", "gs://b", "http://h", "https://h:1", "ftp://h", "hdfs://h", "dbfs:", "mlflow-artifacts:", "mlflow-artifacts://h", "models:", "runs:", "file:", "file://", "file://h", "file://localhost", "", "/", "//h", "C:", "x", "1x:", "s3+x://b", "s3-x://b", "prompt-template"]
STEPS = ["a", "a", "b", "ä", "a b", ".", "..", "...", "a..", "..a", "%2e", "%2E%2e", "%252e%252e", "%25252e%25252e", "..%2f", "%2f..", "..%5c", "a\\b", "..\\a", "+", "a+b", "%2b", "%zz", "%", "%00", "%ff", "\x00", "", "", "?x=..", "?..", "#..", "#/../a", ";..", "a;b", "*", "~", "$HOME", "{a}", "'", "e\u0301", "a\n", "\u2025"]
IS_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}


def source(draw):
    text = draw.choice(SCHEMES)
    for _ in range(draw.randint(0, 4)):
        text += draw.choice(["/", "/", "/", "", "//"]) + draw.choice(STEPS)
    return text + draw.choice(["", "", "/"])


def located(pair, draw, number):
    """An experiment somewhere, and what is made there."""
    location = draw.choice(LOCATIONS)
    theirs, ours = pair.check("POST", f"{API}/experiments/create", label="location", body={"name": f"places {number} {draw.random()}", "artifact_location": location})
    if theirs.status != 200 or ours.status != 200:
        return
    alias = f"plexp{number}"
    for side, answer in zip(pair.sides, (theirs, ours)):
        side.learn(alias, answer.raw["experiment_id"])
    experiment = f"§{alias}"
    pair.check("GET", f"{API}/experiments/get", label="experiment somewhere", query={"experiment_id": experiment})
    theirs, ours = pair.check("POST", f"{API}/runs/create", label="run somewhere", body={"experiment_id": experiment, "start_time": 1, "run_name": "r"})
    pair.check("POST", f"{API}/logged-models", label="model somewhere", body={"experiment_id": experiment, "name": "m"})
    info = {"trace_id": f"tr-places{number}x{draw.randrange(10**9)}", "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}, "request_time": "2023-11-14T22:13:20Z", "state": "OK"}
    pair.check("POST", f"{V3}/traces", label="trace somewhere", body={"trace": {"trace_info": info}})
    if location.startswith("mlflow-artifacts:") and theirs.status == ours.status == 200:
        for side, answer in zip(pair.sides, (theirs, ours)):
            side.learn(f"plrun{number}", answer.raw["run"]["info"]["run_id"])
        run_id = f"§plrun{number}"
        # Not by upload-artifact: MLflow's server puts that file where the run's would lie by default.
        path = location.split(":", 1)[1].removeprefix("//h:1").removeprefix("//h").strip("/")
        pair.check("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{path}/{run_id}/artifacts/g/b.txt".replace("//", "/"), label="put somewhere", raw=b"y", headers={})
        for query in [{"run_id": run_id}, {"run_id": run_id, "path": "g"}, {"run_id": run_id, "path": "g/b.txt"}, {"run_id": run_id, "path": "none"}]:
            pair.check("GET", f"{API}/artifacts/list", label="list somewhere", query=query)
        pair.check("GET", "/get-artifact", label="get somewhere", query={"run_id": run_id, "path": "g/b.txt"})


def run(pair, draw, cases, until):
    experiment = pair.make("plexp", lambda answer: answer["experiment_id"], "POST", f"{API}/experiments/create", body={"name": f"places {draw.random()}"})
    pick = lambda answer: answer["run"]["info"]["run_id"]
    run_id = pair.make("plrun", pick, "POST", f"{API}/runs/create", body={"experiment_id": experiment, "start_time": 1, "run_name": "r"})
    model = pair.make("plmodel", lambda answer: answer["model"]["info"]["model_id"], "POST", f"{API}/logged-models", body={"experiment_id": experiment, "name": "m"})
    for number in range(cases):
        if time.monotonic() > until:
            return
        if number % 12 == 0:
            located(pair, draw, number)
        # A model of its own: what one server refuses is no version of the other's.
        name = f"places {number} {draw.random()}"
        pair.check("POST", f"{API}/registered-models/create", label="model", body={"name": name})
        body = {"name": name, "source": source(draw), **draw.choice([{}, {}, {"run_id": run_id}, {"run_id": "none"}, {"model_id": model}, {"model_id": "m-none"}, {"tags": [draw.choice([IS_PROMPT, {**IS_PROMPT, "value": "false"}])]}, {"run_link": source(draw)}])}
        pair.check("POST", f"{API}/model-versions/create", label="source of a version", body=body)
        if not pair.parted:
            pair.check("GET", f"{API}/model-versions/get-download-uri", label="download uri", query={"name": name, "version": "1"})
