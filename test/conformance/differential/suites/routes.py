"""Every route of MLflow's own server: where it has an endpoint, Slipway has one."""

import re
import time

# What `functions/mlflow/not-implemented.ts` names, jobs of language models, pages for people, and a path that lacks a slash.
SKIP = ("/gateway", "/workspaces", "/prompt-optimization", "unified-traces", "get-online-trace-details", "/demo/", "static", "/jobs/", "/invoke", "promptlab", "2.0mlflow", "ui-telemetry")


def table():
    """Methods and paths, with a name where a path has a parameter."""
    from mlflow.server import app

    for rule in sorted(app.url_map.iter_rules(), key=str):
        path = re.sub(r"<int:[^>]+>", "1", re.sub(r"<(?!int:)[^>]+>", "none", str(rule)))
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            # No client asks GraphQL by GET: the query would be its body.
            if (method, path) != ("GET", "/graphql") and not any(word in path for word in SKIP):
                yield method, path


def run(pair, draw, cases, until):
    routes = list(table())
    draw.shuffle(routes)
    for method, path in routes:
        if time.monotonic() > until:
            return
        answers = pair.both(method, path, **({} if method == "GET" else {"body": {}}))
        for side, answer in zip(pair.sides, answers):
            page = "<!doctype html>" in str(answer.raw)
            missing = page and answer.status in (404, 405) or answer.code in ("ENDPOINT_NOT_FOUND", "METHOD_NOT_ALLOWED")
            answer.status, answer.body = 200, {"endpoint": not missing}
        pair.report.case("route", method, path, {}, *answers)
