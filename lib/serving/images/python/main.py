"""The program of the image: takes events from the Lambda Runtime API until it is ended.

With the argument `serve` it is the container's program on SageMaker instead.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import os
import sys
import tempfile
import threading
import time
import traceback
import urllib.request

# The folder of this program is the image's; on the local host it must stay as it was built.
sys.dont_write_bytecode = True

import environments  # noqa: E402
import object_store  # noqa: E402
from models import Ended, Late, Models, Problem, fetch  # noqa: E402

API = f"http://{os.environ.get('AWS_LAMBDA_RUNTIME_API')}/2018-06-01/runtime"

# What is left of an invocation's time when it answers that the model did not.
RESERVE_SECONDS = 1
MAX_LOG = 32 * 1024

# How long a line waits for others before all are shown.
SHOW_SECONDS = 1

models = Models()
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class BuildLog:
    """What a build prints: told when it has ended, and shown in the bucket while it goes on."""

    def __init__(self, preparation):
        self.lines = []
        self._key = preparation and f"environments/logs/{preparation}.txt"
        self._timer = None

    def __call__(self, line):
        self.lines.append(line)
        print(line, flush=True)
        if self._key and not self._timer:
            self._timer = threading.Timer(SHOW_SECONDS, self._show)
            self._timer.daemon = True
            self._timer.start()

    def end(self):
        if self._timer:
            self._timer.cancel()

    def _show(self):
        self._timer = None
        try:
            with tempfile.NamedTemporaryFile() as file:
                file.write(tail(self.lines).encode())
                file.flush()
                object_store.write_object(os.environ["ARTIFACTS_BUCKET"], self._key, file.name)
        except OSError:
            # Whoever looks meanwhile sees a line less; the build does not suffer from it.
            traceback.print_exc()


def build(event, _deadline):
    """Makes the environment of a model, without running any of the model's code."""
    log = BuildLog(event.get("preparation"))
    result = {}
    try:
        folder = fetch(event["location"], log)
        result["environment"] = environments.python_of(folder, log, may_build=True)[1]
    except Problem as error:
        result["problem"] = str(error)
        log(str(error))
    finally:
        log.end()
    return {**result, "log": tail(log.lines)}


def warm(event, deadline):
    """Loads a model and lets it predict its input example."""
    lines = []
    try:
        worker = models.bring_up(event, lines.append, deadline)
        models.check_example(worker, deadline)
        return {}
    except Problem as error:
        problem = str(error)
    except Ended as error:
        problem = f"its process ended while it was loaded ({error})"
    except Late:
        problem = "it takes too long to load"
    lines += models.lines(event)
    models.forget(event)
    return {"problem": problem, "log": tail(lines)}


def score(event, deadline):
    if "timeout_ms" in event:
        deadline = min(deadline, time.monotonic() + event["timeout_ms"] / 1000)
    loaded = False
    try:
        worker = models.bring_up(event, print, deadline)
        loaded = True
        return worker.ask({"body": event["body"], "content_type": event.get("content_type")}, deadline)
    except Late:
        if not loaded:
            return refusal("TEMPORARILY_UNAVAILABLE", "The model is still being loaded")
        models.forget(event)
        return refusal("DEADLINE_EXCEEDED", "The model did not answer in time")
    except Ended as error:
        models.forget(event)
        return refusal("INTERNAL_ERROR", f"The model's process ended while it answered ({error})")
    except Problem as error:
        return refusal("INTERNAL_ERROR", f"The model cannot be served: {error}")


def logs(event, _deadline):
    return {"logs": "\n".join(models.lines(event))}


def refusal(code, message):
    return {"error_code": code, "message": message}


def tail(lines):
    return "\n".join(lines)[-MAX_LOG:]


EVENTS = {"build": build, "warm": warm, "score": score, "logs": logs}


def post(path, body):
    data = json.dumps(body).encode()
    direct.open(urllib.request.Request(f"{API}{path}", data=data)).close()


def main():
    while True:
        with direct.open(f"{API}/invocation/next") as response:
            request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
            left = int(response.headers["Lambda-Runtime-Deadline-Ms"]) / 1000 - time.time()
            event = json.loads(response.read())
        deadline = time.monotonic() + left - RESERVE_SECONDS
        try:
            kind = next(name for name in EVENTS if name in event)
            answer = EVENTS[kind](event[kind], deadline)
            post(f"/invocation/{request_id}/response", answer)
        except Exception as error:
            traceback.print_exc()
            failure = {"errorType": type(error).__name__, "errorMessage": str(error)}
            post(f"/invocation/{request_id}/error", failure)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        import serve

        serve.main()
    else:
        main()
