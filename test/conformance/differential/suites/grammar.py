"""Filters and orders as sequences of words, near to what each search takes, over a corpus with values of every kind."""

import time

API, V3 = "/api/2.0/mlflow", "/api/3.0/mlflow"
VALUES = ["a", "A", "ä", "Ä", "ß", "SS", "ﬁ", "İ", "x y", "it's", 'say "x"', "back\\slash", "50%", "a_b", "a*b", "[a]", "a?", "0", "00", "1", "1.0", "1e0", "-1", " a", "a ", "\t", "line\nbreak", "NULL", "null", "true", "`a`", "a;b", "--", "/*x*/", "(a)", "AND", "x AND y", "=", "日本", "é", "e\u0301", "😀", "a" * 300]
KEYS = ["plain", "a.b", "a b", "ä", "a/b", "a-b", "a:b", "order", "group", "select", "and", "in", "like", "null", "key", "value", "Plain", "1", "1a", "_", "end", "date", "name", "type", "user", "timestamp", "level", "count", "desc"]
# What is a key nowhere, or needs quotes.
ASKED = [*KEYS, "from", "case", "as", "values", "end", "asc", "a[0]", "[a]", "a()", "a+b", "a*", "*", "a#b", "a$b", "@ab", "#ab", "a,b", "a;b", "x-1", "12a", "_1", "a``b", "a\"\"b", "Ω", "²", "a . b", "a. b", "a.", ".a", "a.5", "a.5b"]
NUMBERS = ["0", "1", "-1", "1.0", "1.5", ".5", "5.", "1e3", "1E3", "1e-3", "-0", "-0.0", "00", "01", "+1", "0x10", "1_000", "1e400", "9223372036854775807", "9223372036854775808", "99999999999999999999", "NaN", "nan", "inf", "Infinity", "null", "true", "'1'", '"1"', "1a", "1 2", "- 1", "1-1", "--1", "1.e3", ".5e3", "1e", "5L", "(1)", "1 + 1", "٣", "９", "1.2.3", "1 x", "1,0"]
OPERATORS = ["=", "!=", "<", ">", "<=", ">=", "LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL", "like", "Ilike", "in", "not in", "is null", "is not null", "==", "<>", "NOT LIKE", "NOT ILIKE", "RLIKE", "BETWEEN", "IS", "IS NOT", "~", "!", "=>", "=<", "", "CONTAINS", "REGEXP", "^=", "!~", "<=>", "===", "=!", ":=", "IS NOT  NULL", "IS  NULL", "NOT  IN", "NOT RLIKE", "SIMILAR TO", "->", "||"]
USUAL = ["=", "!=", "LIKE", "ILIKE", "<", ">", "IN", "NOT IN", "IS NULL", "IS NOT NULL", "<=", ">="]
NUMERIC = ["=", "!=", "<", "<=", ">", ">="]
JOINTS = [" AND "] * 12 + [" and ", " And ", " OR ", " , ", ";", " && ", "\nAND\n", " AND AND ", " ", " XOR ", "AND"]
ENTITIES = ["tags", "tag", "params", "param", "parameters", "parameter", "metrics", "metric", "attributes", "attribute", "attr", "run", "Tags", "TAGS", "`tags`", '"tags"', "datasets", "dataset", "trace", "span", "", "tags.tags"]

ATTRIBUTES = {
    "runs": (["run_id", "run_name", "`run name`", "Run Name", "status", "user_id", "artifact_uri", "lifecycle_stage", "experiment_id", "source_name", "Run_name", "RUN_NAME"], ["start_time", "end_time", "created", "Created", "duration"]),
    "experiments": (["name", "Name", "experiment_id", "artifact_location", "lifecycle_stage"], ["creation_time", "last_update_time", "last_updated_time"]),
    "models": (["name", "Name", "description", "user_id", "aliases"], ["creation_timestamp", "last_updated_timestamp", "timestamp"]),
    "versions": (["name", "run_id", "source_path", "source", "current_stage", "status", "user_id", "aliases", "description"], ["version_number", "version", "creation_timestamp", "last_updated_timestamp"]),
    "logged": (["name", "model_id", "model_type", "source_run_id", "experiment_id", "artifact_uri"], ["creation_timestamp", "creation_time", "last_updated_timestamp", "last_updated_time"]),
    "traces": (["name", "status", "state", "request_id", "trace_id", "client_request_id", "run_id", "user", "session", "session_id"], ["timestamp_ms", "timestamp", "execution_time", "execution_time_ms"]),
}


def text_value(draw, corpus):
    one = draw.choice(corpus if draw.random() < 0.6 else VALUES)
    if draw.random() < 0.25:
        at = draw.randrange(len(one) + 1)
        one = draw.choice([one[:at] + "%", "%" + one[at:], one[:at] + "_" + one[at + 1 :], "%" + one + "%", one.upper(), one.lower(), "%", "_", "%%", "%_", ""])
    if draw.random() < 0.1:
        one = draw.choice([one.replace("'", "''"), one.replace("'", "\\'"), one + "'", "\\" + one, one + "''", "''" + one, one + "\\", one.replace("a", "\\x61"), f"{one}''{one}"])
    how = draw.random()
    return f"'{one}'" if how < 0.85 else f'"{one}"' if how < 0.95 else one


def key_of(draw):
    key = draw.choice(ASKED)
    quote = draw.choice(["`", "`", '"', "", "'"] if draw.random() < 0.6 else ["`"])
    return f"{quote}{key}{quote}"


def condition(draw, kind, corpus):
    texts, numbers = ATTRIBUTES[kind]
    which = draw.random()
    operator = draw.choice(USUAL if draw.random() < 0.85 else OPERATORS)
    numeric = which < 0.2 or 0.3 < which < 0.45 and kind in ("runs", "logged")
    if which < 0.4:
        prefix = draw.choice(["", "", "attributes.", "attribute.", "attr.", "run.", "trace."] if draw.random() < 0.6 else [""])
        name = prefix + draw.choice(numbers if which < 0.2 else texts)
    else:
        entity = "metrics" if numeric else draw.choice(["tags", "params"] if draw.random() < 0.8 else ENTITIES)
        name = f"{entity}.{key_of(draw)}" if draw.random() < 0.97 else f"{entity}{key_of(draw)}"
    if numeric and draw.random() < 0.85:
        operator = draw.choice(NUMERIC)
    if "NULL" in operator.upper():
        return f"{name} {operator}"
    if operator.upper() in ("IN", "NOT IN"):
        values = [text_value(draw, corpus) for _ in range(draw.choice([0, 1, 2, 3]))]
        return f"{name} {operator} " + draw.choice(["({})", "({})", "({},)", "[{}]", "{}", "(({}))", "( {} )", "({},,)", "(u{})", "(r{})", "(b{})", "({} 'b')", "({}, 1)", "({}, None)", "({}\n)", "({}, ('b'))"]).format(draw.choice([", ", ","]).join(values))
    value = draw.choice(NUMBERS) if numeric else text_value(draw, corpus)
    space = draw.choice([" ", " ", " ", ""]) if operator in NUMERIC else " "
    sides = (name, value) if draw.random() < 0.98 else (value, name)
    return f"{sides[0]}{space}{operator}{space}{sides[1]}"


def filter_of(draw, kind, corpus):
    parts = [condition(draw, kind, corpus) for _ in range(draw.choice([1, 1, 1, 2, 2, 3]))]
    text = parts[0]
    for one in parts[1:]:
        text += draw.choice(JOINTS) + one
    return draw.choice([text] * 24 + [f"{text} /* c */", f"{text} # c", text.replace(" ", "\x1c", 1), text.replace(" ", "\x85", 1), text.replace(" ", "\u3000", 1), text.replace(" ", "\ufeff", 1), f"{text} DESC", f"{text} x", f"{text} 5", f"WHERE {text}", f"BEGIN {text} END", f"{text} AS x", f"{text}::text", text.replace(".", " . ", 1), text.replace(".", ". ", 1), text.replace("`", "´"), text.replace(" = ", " DESC = ", 1),f"({text})", f" {text} ", f"{text} ", f"{text};", f"{text} -- x", f"/* x */ {text}", f"NOT {text}", f"SELECT {text}", f"{text} ORDER BY name", f"{text} LIMIT 1"])


def order_of(draw, kind):
    texts, numbers = ATTRIBUTES[kind]
    clauses = []
    for _ in range(draw.choice([1, 1, 2, 3])):
        name = draw.choice([draw.choice(texts), draw.choice(numbers), f"{draw.choice(ENTITIES)}.{key_of(draw)}", f"attributes.{draw.choice(texts + numbers)}"])
        clauses.append(name + draw.choice(["", "", " ASC", " DESC", " asc", " Desc", "  DESC ", "\tDESC", " ASCENDING", " NULLS LAST", " DESC NULLS FIRST", ", name", " DESC ", " ", "\n", "\u3000DESC", "\x85DESC", " DESC;", " -- x", "/**/", " `desc`", " x y"]))
    return [draw.choice([one] * 20 + [f" {one}", one.replace(".", " .", 1), one.replace(".", ". ", 1)]) for one in clauses]


def corpus_of(pair, draw):
    """The same values everywhere: tags and params of runs, tags of experiments, models, versions, traces."""
    values = draw.sample(VALUES[:-1], 14)
    pairs = lambda: [{"key": key, "value": draw.choice(values)} for key in draw.sample(KEYS, 12)]
    fields = lambda items: list({one["key"]: one for one in items}.values())
    mark = f"grammar{draw.randrange(10**9)}"
    experiment = pair.make("gmexp", lambda answer: answer["experiment_id"], "POST", f"{API}/experiments/create", body={"name": mark, "tags": fields(pairs())})
    for i, value in enumerate(values[:8]):
        pair.check("POST", f"{API}/experiments/create", label="experiment of a corpus", body={"name": f"{mark} {value}", "tags": fields(pairs())})
        pair.check("POST", f"{API}/registered-models/create", label="model of a corpus", body={"name": f"{mark} {value}".replace("/", "|").replace(":", "|"), "tags": fields(pairs())})
        time.sleep(0.004)
    pair.check("POST", f"{API}/registered-models/create", label="model of a corpus", body={"name": mark})
    for i in range(12):
        pick = lambda answer: answer["run"]["info"]["run_id"]
        body = {"experiment_id": experiment, "start_time": i, "run_name": f"{i} {values[i]}".strip(), "tags": fields(pairs())}
        run_id = pair.make(f"gmrun{i}", pick, "POST", f"{API}/runs/create", body=body)
        metrics = [{"key": key, "value": draw.choice([0, 1, -1, 1.5, 0.001, 1000, 1e300]), "timestamp": 1, "step": 1} for key in draw.sample(KEYS, 8)]
        pair.check("POST", f"{API}/runs/log-batch", label="batch of a corpus", body={"run_id": run_id, "params": fields(pairs()), "metrics": metrics})
        pair.check("POST", f"{API}/model-versions/create", label="version of a corpus", body={"name": mark, "source": f"s3://b/{i}", "run_id": run_id, "tags": fields(pairs())})
        pick = lambda answer: answer["model"]["info"]["model_id"]
        pair.make(f"gmmodel{i}", pick, "POST", f"{API}/logged-models", body={"experiment_id": experiment, "name": f"n{i}", "model_type": draw.choice(["a", "A"]), "params": fields(pairs()), "tags": fields(pairs())})
        info = {"trace_id": f"tr-{mark}x{i}", "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}, "request_time": f"2023-11-14T22:13:{10 + i}Z", "state": draw.choice(["OK", "ERROR"]), "tags": {one["key"]: one["value"] for one in pairs()}, "trace_metadata": {one["key"]: one["value"] for one in pairs()}}
        pair.check("POST", f"{V3}/traces", label="trace of a corpus", body={"trace": {"trace_info": info}})
        time.sleep(0.003)
    return mark, experiment, values


def search(pair, draw, mark, experiment, values):
    kind = draw.choice(["runs", "runs", "experiments", "models", "versions", "logged", "traces"])
    text = filter_of(draw, kind, values)
    order = order_of(draw, kind) if draw.random() < 0.35 else None
    if kind == "runs":
        body = {"experiment_ids": [experiment], "filter": text}
        path = f"{API}/runs/search"
    elif kind == "experiments":
        body = {"max_results": 1000, "filter": f"name LIKE '{mark}%' AND {text}"}
        path = f"{API}/experiments/search"
    elif kind in ("models", "versions"):
        body = {"filter": f"name LIKE '{mark}%' AND {text}"}
        path = f"{API}/{'registered-models' if kind == 'models' else 'model-versions'}/search"
    elif kind == "logged":
        body, path = {"experiment_ids": [experiment], "filter": text}, f"{API}/logged-models/search"
        if order is not None:
            order = [{"field_name": one.split(" ")[0], "ascending": draw.choice([True, False])} for one in order]
    else:
        body = {"locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}], "filter": text, "max_results": 100}
        path = f"{V3}/traces/search"
    if order is not None:
        # Orders without ties: MLflow leaves those to its database.
        last = {"traces": "timestamp_ms", "models": "name", "versions": "version_number", "experiments": "name", "runs": "start_time"}.get(kind)
        body["order_by"] = [*order, last] if last else [*order, {"field_name": "name"}]
    get = kind in ("models", "versions") or kind == "experiments" and draw.random() < 0.3
    pair.check("GET" if get else "POST", path, label=f"grammar of {kind}", **({"query": body} if get else {"body": body}))


def run(pair, draw, cases, until):
    mark, experiment, values = corpus_of(pair, draw)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        search(pair, draw, mark, experiment, values)
