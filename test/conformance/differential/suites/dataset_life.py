"""Evaluation datasets and their records: written, merged, paged, deleted, told again."""

import json
import time

API = "/api/3.0/mlflow/datasets"
VALUES = [1, -1, 2.5, "a", "", "ä", "2024-01-01", None, [1, "b"], [], {"x": {"y": 1}}, {}, 10**20, 1e300, "it's", "😀"]
TEXTS = ["a", "A", "b c", "", "ä", "10"]
FILTERS = ["name = '{}0'", "name LIKE '{}%'", "name ILIKE '{}%' AND tags.t = 'a'", "tags.t != 'a'", "tags.`t` LIKE '%'", "tags.mlflow.user = 'ana'", "created_by = 'ana'", "created_by != 'ana'", "last_updated_by LIKE '%'", "created_time > 0", "last_update_time < 5", "name IN ('{}0')", "tags.t IS NULL", "name = {}0", "name", "created_time = 'x'", "dataset_id = 'x'", "name = '{}1' AND", "name = '{}1' OR name = '{}2'"]
ORDERS = [["name"], ["name DESC"], ["created_time"], ["created_time ASC", "name"], ["last_update_time DESC", "name"], ["name", "name DESC"], ["zzz"], [""], []]


def record(draw):
    one = {"inputs": {draw.choice("qr"): draw.choice(VALUES)}}
    if draw.random() < 0.4:
        one["inputs"]["more"] = draw.choice(VALUES)
    if draw.random() < 0.5:
        one["outputs"] = {draw.choice("xy"): draw.choice(VALUES)}
    if draw.random() < 0.5:
        one["expectations"] = {draw.choice("ab"): draw.choice(VALUES) for _ in range(2)}
    if draw.random() < 0.5:
        one["tags"] = {draw.choice(["s", "mlflow.user"]): draw.choice(TEXTS)}
    if draw.random() < 0.3:
        one["source"] = draw.choice([{"source_type": "HUMAN", "source_data": {"user_name": "ana"}}, {"source_type": "trace", "source_data": {"trace_id": "tr-1"}}, {"source_type": "DOCUMENT", "source_data": {"doc_uri": "s3://d", "content": "c"}}, {"source_type": "CODE", "source_data": {}}])
    return one


def plain(text):
    """Records without what the servers make up."""
    drop = ("created_time", "last_update_time", "dataset_record_id", "dataset_id")
    records = [{k: v for k, v in one.items() if k not in drop} for one in json.loads(text)]
    return sorted(json.dumps(one, sort_keys=True) for one in records)


def sent(pair, label, method, path, **request):
    """A case; digests are of the time, tags and schemas are texts of JSON."""
    answers = pair.both(method, path, **request)
    for answer in answers:
        if not isinstance(answer.raw, dict) or answer.status != 200:
            continue
        for one, raw in zip([answer.body.get("dataset")] + answer.body.get("datasets", []), [answer.raw.get("dataset")] + answer.raw.get("datasets", [])):
            if one:
                one.pop("digest", None)
                for field in ("tags", "schema", "profile"):
                    if field in raw:
                        one[field] = json.loads(raw[field])
        if "records" in answer.raw:
            answer.body["records"] = plain(answer.raw["records"])
    pair.parted = not pair.report.case(label, method, path, request, *answers)
    return answers


def setting(pair, draw):
    mark, experiments, datasets = f"life{draw.randrange(10**9)}x", [], []
    for i in range(2):
        pick = lambda answer: answer["experiment_id"]
        experiments.append(pair.make(f"dlexp{i}", pick, "POST", "/api/2.0/mlflow/experiments/create", body={"name": f"{mark} {i}"}))
    for i in range(4):
        tags = {k: draw.choice(TEXTS) for k in ["t", "mlflow.user"] if draw.random() < 0.6}
        body = {"name": f"{mark}{i}", "experiment_ids": draw.sample(experiments, draw.choice([1, 2])), "tags": json.dumps(tags)}
        answers = sent(pair, "create dataset", "POST", f"{API}/create", body=body)
        for side, answer in zip(pair.sides, answers):
            side.learn(f"dl{i}x{mark}", answer.raw["dataset"]["dataset_id"].removeprefix("d-"))
        datasets.append(f"d-§dl{i}x{mark}")
        time.sleep(0.004)
    return mark, experiments, datasets


def records_paged(pair, draw, dataset):
    """Every record once, whatever the size of pages; records of one call have no order of their own."""
    size = draw.choice([1, 2, 5])
    answers, found = None, [[], []]
    tokens = [None, None]
    for _ in range(40):
        answers = [pair.answer(side, side.send("GET", f"{API}/{dataset}/records", query={"max_results": size, **({"page_token": token} if token else {})})) for side, token in zip(pair.sides, tokens)]
        for answer, all_of in zip(answers, found):
            if answer.status == 200:
                texts = plain(answer.raw["records"])
                all_of.extend(texts)
                answer.body = {"count": len(texts), "more": bool(answer.next)}
        pair.report.case("page of records", "GET", f"{API}/{dataset}/records", {"size": size}, *answers)
        tokens = [answer.next for answer in answers]
        if not all(tokens):
            break
    for answer, all_of in zip(answers, found):
        if answer.status == 200:
            answer.body = {"records": sorted(all_of)}
    pair.report.case("all pages of records", "GET", f"{API}/{dataset}/records", {"size": size}, *answers)


def delete_records(pair, draw, dataset):
    """Some records by their ids, which each server has its own of: those whose text comes first."""
    count, ids = draw.randint(0, 2), []
    for side in pair.sides:
        answer = side.send("GET", f"{API}/{dataset}/records").json()
        rows = json.loads(answer["records"]) if "records" in answer else []
        rows.sort(key=lambda one: json.dumps(one["inputs"], sort_keys=True))
        ids.append([one["dataset_record_id"] for one in rows[:count]])
    more = draw.choice([[], ["dr-none"], ids[0][:0]])
    answers = [pair.answer(side, side.send("DELETE", f"{API}/{dataset}/records", body={"dataset_record_ids": own + more})) for side, own in zip(pair.sides, ids)]
    pair.parted = not pair.report.case("delete records", "DELETE", f"{API}/{dataset}/records", {"count": count}, *answers)


def step(pair, draw, mark, experiments, datasets):
    dataset = draw.choice(datasets) if draw.random() < 0.93 else "d-none"
    which = draw.randrange(14)
    if which < 4:
        records = [record(draw) for _ in range(draw.randint(0, 4))]
        text = json.dumps(records) if draw.random() < 0.93 else draw.choice(["[]", "", "{}", "[{}]", "x", '[{"inputs": null}]', '[{"inputs": {"q": 1}, "nonsense": 1}]', '[{"inputs": {"q": 1}, "tags": null}]'])
        sent(pair, "upsert records", "POST", f"{API}/{dataset}/records", body={"records": text, **draw.choice([{}, {"updated_by": "bob"}])})
    elif which == 4:
        sent(pair, "records", "GET", f"{API}/{dataset}/records", query=draw.choice([{}, {"max_results": 1000}, {"max_results": 0}]))
    elif which == 5:
        records_paged(pair, draw, dataset)
    elif which == 6:
        delete_records(pair, draw, dataset)
    elif which == 7:
        sent(pair, "get dataset", "GET", f"{API}/{dataset}")
    elif which == 8:
        tags = {draw.choice(["t", "new", "mlflow.user", "ä"]): draw.choice([*TEXTS, None, 1, 1.5, True, [1], {"a": 1}]) for _ in range(draw.randint(0, 2))}
        sent(pair, "set dataset tags", "PATCH", f"{API}/{dataset}/tags", body={"tags": json.dumps(tags)})
    elif which == 9:
        sent(pair, "delete dataset tag", "DELETE", f"{API}/{dataset}/tags/{draw.choice(['t', 'new', 'none', 'mlflow.user', '%C3%A4'])}")
    elif which == 10:
        path = draw.choice(["add-experiments", "remove-experiments"])
        ids = draw.choice([[draw.choice(experiments)], experiments, [], experiments[:1] * 2])
        sent(pair, path, "POST", f"{API}/{dataset}/{path}", body={"experiment_ids": ids})
        if not pair.parted:
            sent(pair, "experiments of a dataset", "GET", f"{API}/{dataset}/experiment-ids")
    elif which < 13:
        text = draw.choice(FILTERS).replace("{}", mark)
        scope = {"experiment_ids": draw.choice([experiments, experiments[:1], experiments * 2])}
        body = {**scope, "filter_string": draw.choice([text, text, ""]), "order_by": draw.choice(ORDERS)}
        if draw.random() < 0.3:
            pair.parted = False
            search_paged(pair, draw, body)
        else:
            sent(pair, "search datasets", draw.choice(["POST"]), f"{API}/search", body=body)
    elif draw.random() < 0.3:
        sent(pair, "delete dataset", "DELETE", f"{API}/{dataset}")


def search_paged(pair, draw, body):
    tokens = [None, None]
    for _ in range(6):
        answers = [pair.answer(side, side.send("POST", f"{API}/search", body={**body, "max_results": 2, **({"page_token": token} if token else {})})) for side, token in zip(pair.sides, tokens)]
        for answer in answers:
            if answer.status == 200:
                answer.body = {"names": [one["name"] for one in answer.raw.get("datasets", [])], "more": bool(answer.next)}
        pair.report.case("page of datasets", "POST", f"{API}/search", {"body": body}, *answers)
        tokens = [answer.next for answer in answers]
        if not all(tokens):
            return


def run(pair, draw, cases, until):
    mark, experiments, datasets = setting(pair, draw)
    for _ in range(cases):
        if time.monotonic() > until:
            return
        if pair.parted:
            mark, experiments, datasets = setting(pair, draw)
        time.sleep(0.002)
        step(pair, draw, mark, experiments, datasets)
