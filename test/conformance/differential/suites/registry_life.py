"""Random sequences of changes to a few registered models under a few names, every answer compared."""

import time

MLFLOW = "/api/2.0/mlflow"
STAGES = ["None", "none", "Staging", "STAGING", "production", "Production", "Archived", "archived", "", "Nothing"]
VERSIONS = ["1", "2", "3", "4", "9", "0", "-1", "01", "x", "1.0", ""]
ALIASES = ["x", "y", "X", "champion"]
KEYS = ["a", "b", "mlflow.prompt.is_prompt"]


def changes(draw, name, other):
    version = draw.choice(VERSIONS[:4]) if draw.random() < 0.8 else draw.choice(VERSIONS)
    alias = draw.choice(ALIASES)
    tag = {"key": draw.choice(KEYS[:2]), "value": draw.choice(["1", "2", "", "ä"])}
    one = {"name": name, "version": version}
    return [
        ("POST", "/registered-models/create", {"name": name, "description": draw.choice(["d", "", "ä"])}),
        ("POST", "/registered-models/create", {"name": name, "tags": [tag]}),
        ("POST", "/registered-models/rename", {"name": name, "new_name": other}),
        ("PATCH", "/registered-models/update", {"name": name, **draw.choice([{}, {"description": "u"}, {"description": ""}])}),
        ("DELETE", "/registered-models/delete", {"name": name}),
        ("POST", "/registered-models/set-tag", {"name": name, **tag}),
        ("DELETE", "/registered-models/delete-tag", {"name": name, "key": tag["key"]}),
        ("POST", "/registered-models/alias", {**one, "alias": alias}),
        ("POST", "/registered-models/alias", {**one, "alias": alias}),
        ("DELETE", "/registered-models/alias", {"name": name, "alias": alias}),
        *[("POST", "/model-versions/create", {"name": name, "source": draw.choice(["s3://b/a", "s3://b/ä"]), "tags": [tag]})] * 4,
        ("PATCH", "/model-versions/update", {**one, **draw.choice([{}, {"description": "u"}, {"description": ""}])}),
        *[("POST", "/model-versions/transition-stage", {**one, "stage": draw.choice(STAGES), "archive_existing_versions": draw.choice([True, False])})] * 3,
        ("DELETE", "/model-versions/delete", one),
        ("POST", "/model-versions/set-tag", {**one, **tag}),
        ("DELETE", "/model-versions/delete-tag", {**one, "key": tag["key"]}),
    ]


def reads(draw, name, prefix):
    version = draw.choice(VERSIONS)
    return [
        ("GET", "/registered-models/get", {"name": name}),
        ("GET", "/registered-models/get-latest-versions", {"name": name, **draw.choice([{}, {"stages": draw.sample(STAGES[:8], 2)}])}),
        ("POST", "/registered-models/get-latest-versions", {"name": name, "stages": draw.sample(STAGES, 1)}),
        ("GET", "/registered-models/alias", {"name": name, "alias": draw.choice([*ALIASES, "latest"])}),
        ("GET", "/model-versions/get", {"name": name, "version": version}),
        ("GET", "/model-versions/get-download-uri", {"name": name, "version": version}),
        ("GET", "/registered-models/search", {"filter": f"name LIKE '{prefix}%'"}),
        ("GET", "/model-versions/search", {"filter": f"name = '{name}'", "order_by": draw.choice([["version_number ASC"], ["name DESC", "version_number DESC"]])}),
        ("GET", "/model-versions/search", {"filter": f"name LIKE '{prefix}%' AND tags.a = '1'", "order_by": ["name ASC", "version_number ASC"]}),
    ]


def forget_aliases(pair, name):
    """An alias goes with its version; MLflow's server, which compares a number with a text there, leaves it behind."""
    for alias in ALIASES:
        pair.check("DELETE", f"{MLFLOW}/registered-models/alias", body={"name": name, "alias": alias})


def run(pair, draw, cases, until):
    prefix = f"life{draw.randrange(10**9)}"
    names = [f"{prefix} {letter}" for letter in "abc"]
    for _ in range(cases):
        if time.monotonic() > until:
            return
        name, other = draw.choice(names), draw.choice(names)
        if draw.random() < 0.65:
            method, path, body = draw.choice(changes(draw, name, other))
            if path == "/model-versions/delete":
                forget_aliases(pair, name)
            pair.check(method, MLFLOW + path, body=body, label=f"registry life {method} {path}")
        else:
            method, path, asked = draw.choice(reads(draw, name, prefix))
            sent = {"query": asked} if method == "GET" else {"body": asked}
            pair.check(method, MLFLOW + path, label=f"registry life {method} {path}", **sent)
