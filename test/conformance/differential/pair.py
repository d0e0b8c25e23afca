"""Two servers that get the same requests, and answers made comparable."""

import json
import re
import time
from datetime import datetime

import requests

HEX = re.compile(r"[0-9a-f]{32}")
ALIAS = re.compile(r"§(\w+)")
RANDOM_NAME = re.compile(r"^[a-z]+-[a-z]+-\d+$")
EXPERIMENT_IN_TEXT = re.compile(r"((?<!Run with )id=|_id='|experiment |experiment with id |ID ')(\d+)")
# A text that holds JSON.
TIME_IN_TEXT = re.compile(r'(_time": )\d{13}')
LOCATION = re.compile(r"(mlflow-artifacts:/)(\d+)(?![0-9a-f])")
DIGEST = re.compile(r"^[0-9a-f]{8}$")
# Python knows no year 0.
MOMENT = re.compile(r"^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")

# Fields that hold an experiment's id.
EXPERIMENT_FIELDS = {"experiment_id", "experiment_ids", "experimentId"}
# GraphQL writes numbers of 64 bits as texts.
TIME_FIELDS = {"creationTime", "lastUpdateTime"}
# When a thing was made, and when it was changed for the last time.
CHANGES = [
    ("creation_time", "last_update_time"),
    ("created_time", "last_update_time"),
    ("create_time", "last_update_time"),
    ("creation_timestamp", "last_updated_timestamp"),
    ("creation_timestamp_ms", "last_updated_timestamp_ms"),
    ("created_timestamp", "last_updated_timestamp"),
]
# Lists without an order of their own: the newest versions of stages, datasets and the like come as MLflow's
# database finds them, a run's models by their random ids.
UNORDERED = {"latest_versions", "tags", "params", "metrics", "aliases", "request_metadata", "dataset_inputs"}
UNORDERED |= {"model_inputs", "model_outputs", "modelInputs", "modelOutputs"}
# What newer servers than the one compared with note on a trace that its client has told.
NEWER = "mlflow.trace.infoFinalized"
# Milliseconds: servers make their first experiment when they start, long before the first case on a slow machine.
BEFORE = 3_600_000


class Side:
    """One server: what its ids are called, and where its pages continue."""

    def __init__(self, name, url):
        self.name = name
        self.url = url
        self.session = requests.Session()
        self.real = {}
        self.alias = {}

    def learn(self, alias, real):
        self.real[alias] = str(real)
        self.alias[str(real)] = f"§{alias}"

    def fill(self, value):
        """Aliases in a request become this server's ids."""
        if isinstance(value, str):
            return ALIAS.sub(lambda found: self.real.get(found[1], found[0]), value)
        if isinstance(value, list):
            return [self.fill(one) for one in value]
        if isinstance(value, dict):
            return {key: self.fill(one) for key, one in value.items()}
        return value

    def send(self, method, path, body=None, query=None, raw=None, headers=None):
        headers = {"Content-Type": "application/json"} if headers is None else headers
        data = self.fill(raw) if raw is not None else None if body is None else json.dumps(self.fill(body))
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogatepass")
        for attempt in range(3):
            try:
                return self.session.request(
                    method,
                    self.url + self.fill(path),
                    params=self.fill(query) if query else None,
                    data=data,
                    headers=headers,
                    timeout=300,
                )
            except requests.ConnectionError:
                if attempt == 2:
                    raise


class Answer:
    """A status and a body in which nothing is left that differs by nature."""

    def __init__(self, side, response, began, ordered):
        self.status = response.status_code
        self.next = None
        try:
            body = response.json()
        except ValueError:
            body = {"text": response.text[:200]}
        if isinstance(body, dict):
            self.next = body.get("next_page_token")
        self.raw = body
        self.body = normal(body, side, began, ordered)

    @property
    def code(self):
        return self.body.get("error_code") if isinstance(self.body, dict) else None

    @property
    def message(self):
        return self.body.get("message", "") if isinstance(self.body, dict) else ""

    def brief(self):
        if self.status == 200:
            return f"200 {json.dumps(self.body, sort_keys=True)}"
        return f"{self.status} {self.code} {self.message or self.body}"


def only_newer(field, value):
    if field == "trace_metadata":
        return set(value) == {NEWER}
    return field == "request_metadata" and [one.get("key") for one in value] == [NEWER]


def normal(value, side, began, ordered, field=None, parent=None):
    if isinstance(value, dict):
        plain = {
            key: normal(one, side, began, ordered, key, value)
            for key, one in value.items()
            if key != NEWER and not only_newer(key, one)
        }
        # Whether a change moved the time of the last change, whatever the clocks say.
        for created, changed in CHANGES:
            if plain.get(created) == plain.get(changed) == "<now>" and value[created] != value[changed]:
                plain[changed] = "<later>"
        return plain
    if isinstance(value, list):
        items = [
            normal(one, side, began, ordered, field, parent)
            for one in value
            if not (isinstance(one, dict) and one.get("key") == NEWER)
        ]
        if field in UNORDERED and not ordered:
            items.sort(key=lambda one: json.dumps(one, sort_keys=True))
        return items
    if isinstance(value, bool):
        return value
    if field == "value" and isinstance(value, int):
        # A double, however it is written.
        value = float(value)
    if isinstance(value, (int, float)):
        # The same number, whether it was written as 1 or 1.0; what the server's clock said is no matter.
        if isinstance(value, int) and began - BEFORE <= value <= time.time() * 1000 + 60_000:
            return "<now>"
        # The last digit is the business of each server's library of mathematics.
        return float(f"{value:.13g}" if isinstance(value, float) else value) if abs(value) < 2**53 else value
    if isinstance(value, str):
        if field == "next_page_token":
            return "<token>" if value else value
        # The folder of an experiment is called by its id.
        if field in EXPERIMENT_FIELDS or field == "path":
            return experiment(side, value)
        if field in TIME_FIELDS:
            return "<time>" if re.fullmatch(r"\d{13}", value) else value
        if MOMENT.match(value) and is_now(value, began):
            return "<now>"
        if field == "webhook_id":
            return "<webhook>"
        if field == "scorer_id":
            return "<scorer>"
        if field == "records":
            value = TIME_IN_TEXT.sub(r"\1<time>", value)
        if field == "digest" and DIGEST.match(value):
            return "<digest>"
        value = LOCATION.sub(lambda found: found[1] + experiment(side, found[2]), value)
        value = HEX.sub(lambda found: side.alias.get(found[0], "<hex>"), value)
        value = value.replace("m-<hex>", "<hex>")
        if RANDOM_NAME.match(value) and field in ("run_name", "value", "name"):
            return "<random name>"
        if field == "message":
            value = EXPERIMENT_IN_TEXT.sub(
                lambda found: found[1] + side.alias.get(found[2], found[2]), value
            )
    return value


def is_now(text, began):
    try:
        return (began - BEFORE) / 1000 <= datetime.fromisoformat(text).timestamp() <= time.time() + 60
    except ValueError:
        # A text that looks like a time and is none: one of a thirteenth month.
        return False


def experiment(side, value):
    """An experiment's id: each server counts its own, and numbers it refused may be missing."""
    if value in side.alias:
        return side.alias[value]
    return "<experiment>" if re.fullmatch(r"[1-9]\d{0,4}", value) else value


class Pair:
    def __init__(self, mlflow_url, slipway_url, report):
        self.sides = (Side("mlflow", mlflow_url), Side("slipway", slipway_url))
        self.report = report
        self.began = int(time.time() * 1000)
        # Whether the last case had two answers: what it wrote may stand on one server only.
        self.parted = False

    def answer(self, side, response):
        return Answer(side, response, self.began, False)

    def both(self, method, path, *, ordered=False, fill=None, **request):
        """The answers of both servers; `fill(side)` completes the request for one of them."""
        answers = []
        for side in self.sides:
            more = fill(side) if fill else {}
            response = side.send(method, path, **{**request, **more})
            answers.append(Answer(side, response, self.began, ordered))
        return answers

    def check(self, method, path, *, ordered=False, label=None, **request):
        """One case: the same request, answers compared."""
        theirs, ours = self.both(method, path, ordered=ordered, **request)
        self.parted = not self.report.case(label or f"{method} {path}", method, path, request, theirs, ours)
        return theirs, ours

    def make(self, alias, pick, method, path, **request):
        """Creates something on both servers and remembers what each calls it."""
        theirs, ours = self.check(method, path, **request)
        for side, answer in zip(self.sides, (theirs, ours)):
            if answer.status != 200:
                raise RuntimeError(f"{side.name}: {path} {answer.brief()}")
            side.learn(alias, pick(answer.raw))
        return f"§{alias}"

    def pages(self, method, path, body, limit=30):
        """Follows the tokens of both servers side by side, one case a page."""
        tokens = [None, None]
        for _ in range(limit):
            answers = []
            for i, side in enumerate(self.sides):
                page = {**body, **({"page_token": tokens[i]} if tokens[i] else {})}
                asked = {"query": page} if method == "GET" else {"body": page}
                answers.append(Answer(side, side.send(method, path, **asked), self.began, False))
            self.report.case(f"{method} {path} paged", method, path, {"body": body}, *answers)
            tokens = [answer.next for answer in answers]
            if not all(tokens):
                return
