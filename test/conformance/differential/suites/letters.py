"""Letters of every kind in names, keys and values: what each rule takes, and how texts are compared and ordered."""

import time

from suites.odd import names

API, V3 = "/api/2.0/mlflow", "/api/3.0/mlflow"
# By what Unicode says of them, and by what Python, JavaScript and sqlite make of that.
LETTERS = ["a", "Z", "_", "0", "9", "-", ".", ":", "/", " ", "ä", "Ä", "ß", "ſ", "K", "İ", "ı", "ǅ", "ª", "ʰ", "Ω", "ж", "א", "ع", "日", "あ", "한", "ﬁ", "Ａ", "٣", "９", "𝟙", "²", "½", "Ⅷ", "①", "〇", "𐐀"]
MARKS = ["\u0301", "\u0345", "\u0903", "\u200b", "\u200d", "\u202e", "\u2060", "\ufeff", "\u00ad", "\ufe0f"]
BLANKS = ["\t", "\n", "\x0b", "\x0c", "\r", "\x1c", "\x1f", "\x85", "\xa0", "\u1680", "\u2003", "\u2028", "\u3000"]
SIGNS = ["·", "‿", "→", "€", "©", "×", "÷", "😀", "🏳", "\ue000", "\uffff", "\U0010ffff", "\x00", "\x01", "\x1b", "\x7f", "'", '"', "`", "´", "\\", "%", "#", "$", "@", "!", "~", "+", "*", "&", "|", "^", "?", ",", ";", "=", "<", ">", "(", ")", "[", "]", "{", "}"]
POOLS = [LETTERS, LETTERS, LETTERS, MARKS, BLANKS, SIGNS]
KEYS = ["plain", "ä", "日本", "²x", "K", "a.b", "ǅ"]


def word(draw, longest=4):
    text = "".join(draw.choice(draw.choice(POOLS)) for _ in range(draw.randint(1, longest)))
    return text + draw.choice([""] * 8 + ["\n", " "])


def corpus(pair, draw):
    """Rows with the same words everywhere, each of its own millisecond."""
    mark = f"letters{draw.randrange(10**9)}"
    words = list(dict.fromkeys(draw.choice(draw.choice(POOLS)) + draw.choice(["", "a", "ä", "😀", "ﬁ", "\ue000"]) for _ in range(14)))
    experiment = pair.make("ltexp", lambda answer: answer["experiment_id"], "POST", f"{API}/experiments/create", body={"name": mark})
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    for i, one in enumerate(words):
        plain = one.replace("/", "|").replace(":", "|")
        tags = [{"key": key, "value": draw.choice(words)} for key in draw.sample(KEYS, 4)] + [{"key": "own", "value": one}]
        pick = lambda answer: answer["run"]["info"]["run_id"]
        pair.make(f"ltrun{i}", pick, "POST", f"{API}/runs/create", body={"experiment_id": experiment, "start_time": i, "run_name": f"r{one}", "tags": tags})
        pair.check("POST", f"{API}/runs/log-batch", label="params of letters", body={"run_id": f"§ltrun{i}", "params": tags})
        pair.check("POST", f"{API}/experiments/create", label="name of letters", body={"name": f"{mark}{one}", "tags": tags})
        pair.check("POST", f"{API}/registered-models/create", label="name of letters", body={"name": f"{mark}{plain}", "tags": tags})
        time.sleep(0.003)
        info = {"trace_id": f"tr-{mark}x{i}", "trace_location": place, "request_time": f"2023-11-14T22:13:{10 + i}Z", "state": "OK", "tags": {tag["key"]: tag["value"] for tag in tags}, "trace_metadata": {"own": one}}
        pair.check("POST", f"{V3}/traces", label="trace of letters", body={"trace": {"trace_info": info}})
    return mark, experiment, words


def value(draw, words):
    one = draw.choice(words) if draw.random() < 0.8 else word(draw)
    at = draw.randrange(len(one) + 1)
    one = draw.choice([one, one, one[:at] + "%", "%" + one[at:], "_" * len(one), one.upper(), one.lower(), one.swapcase(), one.strip()])
    quote = '"' if "'" in one else "'"
    return f"{quote}{one}{quote}"


def condition(draw, words, fields):
    field = draw.choice(fields)
    operator = draw.choice(["=", "!=", "LIKE", "ILIKE", "LIKE", "ILIKE"])
    return f"{field} {operator} {value(draw, words)}"


def search(pair, draw, mark, experiment, words):
    tags = [f"tags.`{key}`" for key in [*KEYS, "own"]]
    way = draw.choice(["", " ASC", " DESC"])
    which = draw.randrange(5)
    if which < 2:
        fields = [*tags, *(one.replace("tags", "params") for one in tags), "attributes.run_name"]
        body = {"experiment_ids": [experiment], "filter": draw.choice(["", condition(draw, words, fields), f"dataset.name IN ({value(draw, words)})"]), "order_by": [draw.choice(fields) + way]}
        pair.check("POST", f"{API}/runs/search", label="runs of letters", body=body)
    elif which == 2:
        text = f"name LIKE '{mark}%'" + draw.choice(["", f" AND {condition(draw, words, [*tags, 'name'])}"])
        pair.check("POST", f"{API}/experiments/search", label="experiments of letters", body={"max_results": 100, "filter": text, "order_by": ["name" + way]})
    elif which == 3:
        text = f"name LIKE '{mark}%'" + draw.choice(["", f" AND {condition(draw, words, [*tags, 'name'])}"])
        pair.check("GET", f"{API}/registered-models/search", label="models of letters", query={"filter": text, "order_by": ["name" + way]})
    else:
        fields = [*tags, "metadata.own"]
        body = {"locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}], "max_results": 100, "filter": draw.choice(["", condition(draw, words, fields)]), "order_by": [draw.choice(fields) + way, "timestamp_ms"]}
        pair.check("POST", f"{V3}/traces/search", label="traces of letters", body=body)


def setting(pair, draw):
    experiment = pair.make("lsexp", lambda answer: answer["experiment_id"], "POST", f"{API}/experiments/create", body={"name": f"letters {draw.random()}"})
    pick = lambda answer: answer["run"]["info"]["run_id"]
    run_id = pair.make("lsrun", pick, "POST", f"{API}/runs/create", body={"experiment_id": experiment, "start_time": 1, "run_name": "r"})
    pick = lambda answer: answer["registered_model"]["name"]
    model = pair.make("lsmodel", pick, "POST", f"{API}/registered-models/create", body={"name": f"letters{draw.random()}"})
    pair.check("POST", f"{API}/model-versions/create", label="version", body={"name": model, "source": "s3://b/a"})
    return experiment, run_id, model


def run(pair, draw, cases, until):
    mark, experiment, words = corpus(pair, draw)
    written = setting(pair, draw)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        if draw.random() < 0.55:
            search(pair, draw, mark, experiment, words)
            continue
        text = word(draw)
        method, path, body = names(pair, draw, *written, words=[text])
        asked = {"query": body} if method == "GET" else {"body": body}
        pair.check(method, API + path, label=f"letters {path}", **asked)
        if pair.parted and method != "GET":
            # What one server wrote and the other did not is never read.
            written = setting(pair, draw)
