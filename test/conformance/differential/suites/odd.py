"""Requests as no client of MLflow sends them: other methods, paths, bodies, bytes, tokens, names."""

import base64
import json
import time
import unicodedata

API = "/api/2.0/mlflow"
JSON = {"Content-Type": "application/json"}
WORDS = [
    "", " ", "a", " a ", "a b", "a/b", "a//b", "/a", "a/", "../a", "a/../b", "./a", ".", "..", "a.b", "a\\b", "a%b", "a%2Fb", "%", "%00", "a\tb", "a\nb", "a:b", "a;b", "a=b&c=d", "a?b", "a#b", "a+b",
    "'a'", '"a"', "`a`", "a`b", "a'b", "--a", "NULL", "null", "None", "true", "1", "1.0", "-1", "1e5", "NaN", "ä", unicodedata.normalize("NFD", "ä"), "日本", "😀", "\u200b", "\u202e", "\ufeffa", "ﬁ", "İ", "ß", "x" * 249, "x" * 250, "x" * 251, "ä" * 250, "__proto__", "constructor", "toString", "mlflow.runName", "mlflow.", "$a", "a$b", "@a", "a@b", "{a}", "[a]", "a,b", "(a)", "a|b", "<a>",
]


def names(pair, draw, experiment, run_id, model, words=WORDS):
    """Every odd word as a key, a value, a name."""
    word = draw.choice(words)
    tag = {"key": word, "value": draw.choice(words)}
    metric = {"key": word, "value": 1, "timestamp": 1, "step": 1}
    fresh = f"{word}{draw.randrange(10**9)}"
    return draw.choice([
        ("POST", "/runs/set-tag", {"run_id": run_id, **tag}),
        ("POST", "/runs/delete-tag", {"run_id": run_id, "key": word}),
        ("POST", "/runs/log-parameter", {"run_id": run_id, **tag}),
        ("POST", "/runs/log-metric", {"run_id": run_id, **metric}),
        ("POST", "/runs/log-batch", {"run_id": run_id, "metrics": [metric], "params": [], "tags": [tag]}),
        ("POST", "/experiments/set-experiment-tag", {"experiment_id": experiment, **tag}),
        ("POST", "/experiments/create", {"name": fresh}),
        ("POST", "/experiments/update", {"experiment_id": experiment, "new_name": fresh}),
        ("GET", "/experiments/get-by-name", {"experiment_name": word}),
        ("GET", "/experiments/get", {"experiment_id": word}),
        ("GET", "/runs/get", {"run_id": word}),
        ("GET", "/metrics/get-history", {"run_id": run_id, "metric_key": word}),
        ("POST", "/registered-models/create", {"name": fresh}),
        ("POST", "/registered-models/create", {"name": word}),
        ("GET", "/registered-models/get", {"name": word}),
        ("POST", "/registered-models/set-tag", {"name": model, **tag}),
        ("DELETE", "/registered-models/delete-tag", {"name": model, "key": word}),
        ("POST", "/registered-models/alias", {"name": model, "alias": word, "version": "1"}),
        ("GET", "/registered-models/alias", {"name": model, "alias": word}),
        ("POST", "/model-versions/create", {"name": model, "source": "s3://b/a" + word}),
        ("POST", "/model-versions/set-tag", {"name": model, "version": "1", **tag}),
        ("GET", "/model-versions/get", {"name": model, "version": word}),
        ("POST", "/logged-models", {"experiment_id": experiment, "name": word}),
        ("POST", "/runs/create", {"experiment_id": experiment, "run_name": word, "start_time": draw.randrange(10**9)}),
        ("POST", "/runs/update", {"run_id": run_id, "run_name": word}),
        ("POST", "/runs/search", {"experiment_ids": [experiment], "filter": f"tags.`{word}` = '{draw.choice(words)}'"}),
        ("POST", "/runs/search", {"experiment_ids": [experiment], "filter": f"params.\"{word}\" = 'x'"}),
        ("POST", "/runs/search", {"experiment_ids": [experiment], "order_by": [f"metrics.`{word}` DESC"]}),
        ("POST", "/runs/search", {"experiment_ids": [experiment], "filter": f"attributes.run_name LIKE '%{word}%'"}),
        ("POST", "/experiments/search", {"max_results": 5, "filter": f"name = '{word}'"}),
        ("POST", "/experiments/search", {"max_results": 5, "filter": f"tags.`{word}` = 'nothing'"}),
        ("GET", "/registered-models/search", {"filter": f"name = '{word}'"}),
        ("GET", "/model-versions/search", {"filter": f"name = '{word}'"}),
    ])


def numbers(draw, experiment, run_id, scratch):
    number = draw.choice([0, -1, 1, 2**31, 2**31 - 1, -(2**31), 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 1.0, 1.5, 1e3, "1", "1.0", " 1", "+1", "0x1", "1_000", True, False, None, "", [], {}, "９"])
    return draw.choice([
        ("POST", "/runs/create", {"experiment_id": "0", "start_time": number, "run_name": "n"}),
        ("POST", "/runs/update", {"run_id": "0" * 32, "end_time": number}),
        ("POST", "/runs/search", {"experiment_ids": [experiment], "max_results": number, "filter": "params.none = 'x'"}),
        ("POST", "/experiments/search", {"max_results": number, "filter": "name = 'nothing'"}),
        ("POST", "/runs/outputs", {"run_id": scratch, "models": [{"model_id": f"m-{draw.random()}", "step": number if number != 2**53 else 1}]}),
        ("GET", "/registered-models/search", {"max_results": number, "filter": "name = 'nothing'"}),
        ("GET", "/model-versions/search", {"max_results": number, "filter": "name = 'nothing'"}),
        ("GET", "/metrics/get-history", {"run_id": run_id, "metric_key": "none", "max_results": number}),
    ])


def ways(draw, run_id, scratch, experiment):
    """A harmless request in an odd way: method, path, query, content type, bytes."""
    body = json.dumps({"run_id": scratch, "key": "way", "value": "v"}, ensure_ascii=False)
    search = json.dumps({"experiment_ids": [experiment], "max_results": 5, "filter": "params.none = 'x'"}, ensure_ascii=False)
    return draw.choice([
        ("GET", "/runs/get", {"query": {"run_id": run_id, "nonsense": "1"}}),
        ("GET", "/runs/get", {"query": {"run_id": run_id}, "raw": "{}"}),
        ("GET", "/runs/get", {"raw": json.dumps({"run_id": run_id}, ensure_ascii=False)}),
        ("GET", "/runs/get?run_id=" + run_id + "&run_id=x", {}),
        ("GET", "/runs/get?run_id=x&run_id=" + run_id, {}),
        ("GET", "/runs/get/?run_id=" + run_id, {}),
        ("GET", "/runs//get?run_id=" + run_id, {}),
        ("GET", "/runs/get?run_uuid=" + run_id, {}),
        ("GET", "/runs/get?run_id=", {}),
        ("GET", "/runs/get?run_id", {}),
        ("GET", "/runs/get?run_id=%20" + run_id, {}),
        ("GET", "/RUNS/get?run_id=" + run_id, {}),
        ("POST", "/runs/get", {"raw": json.dumps({"run_id": run_id}, ensure_ascii=False)}),
        ("PUT", "/runs/set-tag", {"raw": body}),
        ("PATCH", "/runs/set-tag", {"raw": body}),
        ("DELETE", "/runs/set-tag", {"raw": body}),
        ("GET", "/runs/set-tag", {}),
        ("GET", "/runs/search", {}),
        ("GET", "/runs/nothing", {}),
        ("POST", "/runs/nothing", {"raw": "{}"}),
        ("POST", "/runs/search/", {"raw": search}),
        ("POST", "/runs/search?max_results=1", {"raw": search}),
        ("POST", "/runs/search", {"raw": search, "headers": {"Content-Type": "application/JSON"}}),
        ("POST", "/runs/search", {"raw": search, "headers": {"Content-Type": "text/json"}}),
        ("POST", "/runs/search", {"raw": search, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        ("POST", "/runs/search", {"raw": search, "headers": {"Content-Type": "application/json;charset=utf-16"}}),
        ("POST", "/runs/search", {"raw": " \n" + search + "\n "}),
        ("POST", "/runs/search", {"raw": "\ufeff" + search}),
        ("POST", "/runs/search", {"raw": search.replace('"', "'")}),
        ("POST", "/runs/search", {"raw": search[:-1] + ",}"}),
        ("POST", "/runs/search", {"raw": search[:-1] + ', "max_results": 7}'}),
        ("POST", "/runs/search", {"raw": search[:-1] + ', "order_by": NaN}'}),
        ("POST", "/runs/search", {"raw": search + search}),
        ("POST", "/runs/search", {"raw": "[" * 2000}),
        ("POST", "/runs/log-metric", {"raw": '{"run_id": "' + scratch + '", "key": "odd", "timestamp": 1, "value": ' + draw.choice(["NaN", "Infinity", "-Infinity", "1e400", "-0", "-0.0", "1E5", "01", ".5", "5.", "+5", "1_0", '"1"', '" 1 "', '"1e5"', '"0x5"', '"nan"', '"-inf"', "true", "null", "[]", "{}"]) + "}"}),
        ("POST", "/runs/set-tag", {"raw": body.replace('"v"', '"\\ud800"')}),
        ("POST", "/runs/set-tag", {"raw": body.replace('"v"', draw.choice(["5", "5.5", "true", "null", "[]", "{}"]))}),
        ("POST", "/runs/set-tag", {"raw": body.replace('"key"', draw.choice(['"Key"', '"KEY"', '" key"', '"key "']))}),
    ])


def tokens(pair, draw, experiment):
    """Tokens of other searches, broken ones, and those of another order or filter."""
    searches = [
        ("POST", "/runs/search", {"experiment_ids": [experiment], "max_results": 1}),
        ("POST", "/runs/search", {"experiment_ids": [experiment], "max_results": 1, "order_by": ["attributes.run_name ASC"]}),
        ("POST", "/experiments/search", {"max_results": 1, "filter": "name LIKE 'odd %'"}),
        ("POST", "/logged-models/search", {"experiment_ids": [experiment], "max_results": 1}),
        ("GET", "/registered-models/search", {"max_results": 1, "filter": "name LIKE 'odd%'"}),
    ]
    method, path, body = draw.choice(searches)
    token = draw.choice(["x", "", " ", "0", "-1", "null", "e30=", "ä", "%", "A" * 500, base64.b64encode(b'{"offset": -1}').decode(), base64.b64encode(b'{"offset": "1"}').decode(), base64.b64encode(b"[]").decode(), base64.b64encode(b"\xff\xfe").decode()])
    asked = {**body, "page_token": token}
    pair.check(method, API + path, label=f"token of {path}", **({"query": asked} if method == "GET" else {"body": asked}))


def run(pair, draw, cases, until):
    experiment = pair.make("oexp", lambda answer: answer["experiment_id"], "POST", f"{API}/experiments/create", body={"name": f"odd {draw.random()}"})
    pick = lambda answer: answer["run"]["info"]["run_id"]
    run_id = pair.make("orun", pick, "POST", f"{API}/runs/create", body={"experiment_id": experiment, "start_time": 1, "run_name": "r"})
    # What one server writes and the other refuses is never read.
    scratch = pair.make("oscratch", pick, "POST", f"{API}/runs/create", body={"experiment_id": "0", "start_time": 1, "run_name": "r"})
    pick = lambda answer: answer["registered_model"]["name"]
    model = pair.make("omodel", pick, "POST", f"{API}/registered-models/create", body={"name": f"odd{draw.random()}"})
    pair.check("POST", f"{API}/model-versions/create", body={"name": model, "source": "s3://b/a"})
    for _ in range(cases):
        if time.monotonic() > until:
            return
        which = draw.random()
        if which < 0.1:
            tokens(pair, draw, experiment)
            continue
        if which < 0.4:
            method, path, asked = ways(draw, run_id, scratch, experiment)
            raw, headers = asked.pop("raw", None), asked.pop("headers", JSON)
            fill = lambda side: {"headers": headers, **({} if raw is None else {"raw": side.fill(raw)})}
            pair.check(method, API + path, fill=fill, label=f"odd {method} {path.split('?')[0]} {(raw or '')[-60:]} {headers.get('Content-Type')}", **asked)
            continue
        method, path, body = names(pair, draw, experiment, run_id, model) if which < 0.85 else numbers(draw, experiment, run_id, scratch)
        if method == "GET":
            body = {key: value for key, value in body.items() if not isinstance(value, (dict, list, type(None)))}
        pair.check(method, API + path, label=f"odd {path}", **({"query": body} if method == "GET" else {"body": body}))
