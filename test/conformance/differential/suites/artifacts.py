"""Artifacts: bytes up and down, lists, odd paths, files where folders are, through every door to them."""

import hashlib
import time
from urllib.parse import quote

API = "/api/2.0/mlflow"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
NAMES = ["a.txt", "b.json", "c", "MLmodel", "d.html", "e.tar.gz", "ä.txt", "日本.csv", "e\u0301", "x y.txt", "x+y", "x&y=z", "x#y", "x?y", "x%y", "x%20y", ".hidden", "a.", "x:y", "x;y", "x'y", 'x"y', "x,y", "(x)", "[x]", "x@y", "~x", "😀", "x" * 200, "CON", "a.png", "a.yaml", "index.html"]
FOLDERS = ["", "", "f", "f/g", "ä b", "f/日本"]
ODD = ["..", "../a", "f/../../a", "./a", "f/./a", "f//a", "/a", "//a", "f/", "", " ", "C:/a", "C:\\a", "f\\a", "%2e%2e", "%2e%2e/a", "..%2fa", "%252e%252e%252fa", "a\tb", "a\nb", "a\x00b", "file:///etc/passwd", "http://a/b", "#", "?", "nothing", "f/nothing"]
BODIES = [b"", b"x", b"hello", bytes(range(256)), "ä".encode(), b'{"a": 1}', b"\r\n" * 50]
HEADERS = ["Content-Type", "Content-Disposition", "X-Content-Type-Options"]


def file_path(draw):
    folder = draw.choice(FOLDERS)
    return f"{folder}/{draw.choice(NAMES)}" if folder else draw.choice(NAMES)


def escaped(path):
    return quote(path, safe="/")


def compare_bytes(pair, label, path, **request):
    """A file: its bytes, and the headers by which a browser treats them."""
    answers = []
    for side in pair.sides:
        response = side.send("GET", path, **request)
        answers.append(pair.answer(side, response))
        if response.status_code == 200:
            shown = {name: response.headers.get(name) for name in HEADERS}
            if path.startswith(PROXY):
                # The proxy of MLflow's server writes names into this header as they are.
                shown["Content-Disposition"] = shown["Content-Disposition"].split(";")[0]
            answers[-1].body = {"bytes": hashlib.sha256(response.content).hexdigest(), **shown}
    pair.report.case(label, "GET", path, request, *answers)


def run(pair, draw, cases, until):
    experiment = pair.make("aexp", lambda answer: answer["experiment_id"], "POST", f"{API}/experiments/create", body={"name": f"artifacts {draw.random()}"})
    pick = lambda answer: answer["run"]["info"]["run_id"]
    run_id = pair.make("arun", pick, "POST", f"{API}/runs/create", body={"experiment_id": experiment, "start_time": 1, "run_name": "r"})
    model = pair.make("amodel", lambda answer: answer["model"]["info"]["model_id"], "POST", f"{API}/logged-models", body={"experiment_id": experiment, "name": "m"})
    roots = {"run": f"{experiment}/{run_id}/artifacts", "model": f"{experiment}/models/{model}/artifacts"}
    for root in roots.values():
        # A disk keeps a folder whose last file is gone, a bucket has none: these always have one.
        pair.check("PUT", f"{PROXY}/{root}/kept", label="put artifact", raw=b"k", headers={})
    name = f"artifacts{draw.random()}"
    pair.check("POST", f"{API}/registered-models/create", body={"name": name})
    pair.check("POST", f"{API}/model-versions/create", body={"name": name, "run_id": run_id, "source": f"mlflow-artifacts:/{roots['run']}"})
    pair.check("POST", f"{API}/model-versions/create", body={"name": name, "source": f"models:/{model}"})
    for _ in range(cases):
        if time.monotonic() > until:
            return
        step(pair, draw, run_id, model, name, roots)


def step(pair, draw, run_id, model, name, roots):
    root = roots[draw.choice(["run", "run", "model"])]
    path = draw.choice(ODD) if draw.random() < 0.25 else file_path(draw)
    body = draw.choice(BODIES)
    headers = draw.choice([{}, {"Content-Type": "application/octet-stream"}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}])
    which = draw.randrange(17)
    if which == 16:
        refused_parts(pair, draw, root, path)
    elif which < 4:
        pair.check("PUT", f"{PROXY}/{root}/{escaped(path)}", label="put artifact", raw=body, headers=headers)
        if pair.parted:
            # What one server refused is on none from now on.
            for side in pair.sides:
                side.send("DELETE", f"{PROXY}/{root}/{escaped(path)}")
                # A folder stays on a disk when its file is gone.
                if path.startswith("C:"):
                    side.send("DELETE", f"{PROXY}/{root}/C:")
    elif which == 4:
        query = {"run_uuid": run_id, "path": path}
        for field in list(query):
            if draw.random() < 0.1:
                del query[field]
        pair.check("POST", "/ajax-api/2.0/mlflow/upload-artifact", label="upload-artifact", query=query, raw=body, headers=headers)
        if pair.parted:
            for side in pair.sides:
                side.send("DELETE", f"{PROXY}/{roots['run']}/{escaped(path)}")
    elif which < 7:
        compare_bytes(pair, "get artifact of the proxy", f"{PROXY}/{root}/{escaped(path)}")
    elif which == 7:
        field = draw.choice(["run_id", "run_uuid", "run_id", "nothing"])
        compare_bytes(pair, "get-artifact", "/get-artifact", query={field: draw.choice([run_id, run_id, "0" * 32, ""]), "path": path})
    elif which == 8:
        compare_bytes(pair, "model-versions/get-artifact", "/model-versions/get-artifact", query={"name": draw.choice([name, name, "none"]), "version": draw.choice(["1", "2", "9", "x"]), "path": path})
    elif which == 9:
        compare_bytes(pair, "files of a logged model", f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files", query={"artifact_file_path": path})
    elif which == 10:
        query = draw.choice([{}, {"path": path}, {"path": draw.choice(FOLDERS)}])
        pair.check("GET", f"{API}/artifacts/list", label="artifacts/list", query={"run_id": draw.choice([run_id, run_id, run_id, "0" * 32, ""]), **query})
    elif which == 11:
        pair.check("GET", f"{API}/logged-models/{model}/artifacts/directories", label="directories of a logged model", query=draw.choice([{}, {"artifact_directory_path": path}, {"artifact_directory_path": draw.choice(FOLDERS)}]))
    elif which < 14:
        folder = draw.choice([root, f"{root}/{draw.choice(FOLDERS)}", f"{root}/{path}", path])
        pair.check("GET", PROXY, label="list of the proxy", query=draw.choice([{"path": folder}, {"path": folder}, {}]) if folder != root else {"path": root})
    elif which == 14:
        pair.check("DELETE", f"{PROXY}/{root}/{escaped(path)}", label="delete artifact")
        if path == "C:/a":
            # A disk keeps the empty folder, a bucket has none.
            for side in pair.sides:
                side.send("DELETE", f"{PROXY}/{root}/C:")
    else:
        method, target = draw.choice([("POST", f"{PROXY}/{root}/x"), ("PATCH", f"{PROXY}/{root}/x"), ("PUT", PROXY), ("PUT", f"{PROXY}/"), ("DELETE", PROXY), ("HEAD", f"{PROXY}/{root}/a.txt"), ("OPTIONS", f"{PROXY}/{root}/a.txt"), ("GET", f"{PROXY}/"), ("POST", "/get-artifact"), ("GET", "/ajax-api/2.0/mlflow/upload-artifact")])
        pair.check(method, target, label=f"{method} of artifacts", raw=body if method in ("POST", "PUT", "PATCH") else None)


def refused_parts(pair, draw, root, path):
    """Uploads in parts, which the folder that MLflow's server keeps files in has not: what is refused before that."""
    step = draw.choice(["create", "complete", "abort"])
    target = f"/api/2.0/mlflow-artifacts/mpu/{step}/{escaped(draw.choice(['C:/a', '%2e%2e', '%2e%2e/a', root]))}"
    body = draw.choice([{}, {"path": ""}, {"path": None}, {"upload_id": "x"}, {"parts": []}, {"num_parts": 2}])
    pair.check("POST", target, label=f"mpu {step}", body=body)
    if draw.random() < 0.3:
        pair.check("GET", f"/api/2.0/mlflow-artifacts/presigned/{escaped(draw.choice(['%2e%2e', '%2e%2e/a', 'C:/a']))}", label="presigned")
