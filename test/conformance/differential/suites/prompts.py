"""Prompts: registered models with a tag, which searches for models leave out."""

import time

from suites.filters import TEXT, Field, filter_text, order_list

API = "/api/2.0/mlflow"
IS_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}
NAMES = ["greet", "Greet", "sum up", "ä", "a.b", "p-1", "model-1", "model-2"]
TEXTS = ["Hello {{name}}", "", "{{", "ä {{ x }}", "[{\"role\": \"user\"}]"]
FIELDS = [
    Field(["name", "attributes.name"], NAMES, TEXT),
    Field(["tags.`mlflow.prompt.is_prompt`", "tag.`mlflow.prompt.is_prompt`", 'tags."mlflow.prompt.is_prompt"'], ["true", "false", "True", ""], TEXT),
    Field(["tags.team", "tags.none"], ["a", "b", ""], TEXT),
]
ORDERS = ["name", "timestamp", "last_updated_timestamp"]


def run(pair, draw, cases, until):
    mark = f" {draw.randrange(10**6)}"
    names = [name + mark for name in NAMES]
    for name in names:
        tags = [{"key": "team", "value": draw.choice("ab")}]
        if not name.startswith("model"):
            tags.append(draw.choice([IS_PROMPT, IS_PROMPT, IS_PROMPT, {**IS_PROMPT, "value": "True"}, {**IS_PROMPT, "value": "false"}]))
        pair.check("POST", f"{API}/registered-models/create", label="create prompt", body={"name": name, "tags": tags})
        time.sleep(0.004)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        step(pair, draw, names, mark)


def step(pair, draw, names, mark):
    name = draw.choice([*names, "none"])
    version = draw.choice(["1", "1", "2", "9"])
    which = draw.randrange(14)
    if which < 3:
        tags = [draw.choice([IS_PROMPT, IS_PROMPT, {"key": "x", "value": "y"}]), {"key": "mlflow.prompt.text", "value": draw.choice(TEXTS)}]
        body = {"name": name, "source": draw.choice(["dummy-source", "", "prompt-template", "s3://b/a", "/etc/passwd", "file:///a", "FILE:x", "a/../b", "http://h/../a"]), "tags": draw.choice([tags, tags, []]), "description": draw.choice(["", "about"])}
        pair.check("POST", f"{API}/model-versions/create", label="create prompt version", body=body)
        time.sleep(0.003)
    elif which < 6:
        text = filter_text(draw, FIELDS)
        body = {"filter": f"name LIKE '%{mark}'" + (f" AND {text}" if text else ""), "order_by": order_list(draw, ORDERS), "max_results": draw.choice([1, 3, 100])}
        pair.check("GET", f"{API}/registered-models/search", label="search prompts", query=body)
    elif which == 6:
        text = draw.choice([f"name = '{name}'", f"name = '{name}' AND tags.`mlflow.prompt.is_prompt` = 'true'", f"name LIKE '%{mark}' AND tags.x = 'y'"])
        pair.check("GET", f"{API}/model-versions/search", label="search prompt versions", query={"filter": text, "order_by": draw.choice([["version_number ASC"], ["version_number DESC", "name"], []])})
    elif which == 7:
        pair.check("GET", f"{API}/registered-models/get", label="get prompt", query={"name": name})
    elif which == 8:
        pair.check("GET", f"{API}/model-versions/get", label="get prompt version", query={"name": name, "version": version})
    elif which == 9:
        alias = draw.choice(["champion", "latest", "v1", "a b", ""])
        method = draw.choice(["POST", "GET", "DELETE"])
        body = {"name": name, "alias": alias, **({"version": version} if method == "POST" else {})}
        pair.check(method, f"{API}/registered-models/alias", label=f"{method} alias of prompt", **({"query": body} if method == "GET" else {"body": body}))
    elif which == 10:
        path, more = draw.choice([("registered-models", {}), ("model-versions", {"version": version})])
        method, action, value = draw.choice([("POST", "set-tag", {"value": draw.choice(["v", "", "true", "false"])}), ("DELETE", "delete-tag", {})])
        key = draw.choice(["team", "x", "mlflow.prompt.text", "mlflow.prompt.is_prompt"])
        pair.check(method, f"{API}/{path}/{action}", label=f"{action} of prompt", body={"name": name, **more, "key": key, **value})
    elif which == 11:
        pair.check("PATCH", f"{API}/registered-models/update", label="update prompt", body={"name": name, "description": draw.choice(["", "new"])})
    elif which == 12:
        pair.check("POST", f"{API}/model-versions/transition-stage", label="stage of prompt", body={"name": name, "version": version, "stage": "Staging", "archive_existing_versions": True})
    else:
        pair.check("DELETE", f"{API}/model-versions/delete", label="delete prompt version", body={"name": name, "version": draw.choice(["2", "9"])})
