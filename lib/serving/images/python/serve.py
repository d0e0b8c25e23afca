"""The container's program on SageMaker: one model behind `/ping` and `/invocations`.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import environments
from models import Ended, Late, Problem, Worker

FOLDER = os.path.join(os.environ.get("SLIPWAY_ML_ROOT", "/opt/ml"), "model")
# On the local host nobody else may reach it.
HOST = "127.0.0.1" if "SLIPWAY_ML_ROOT" in os.environ else ""
PORT = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))

# SageMaker waits a minute for an answer, and as long as the variant says for the first `/ping`.
ANSWER_SECONDS = 55
LOAD_SECONDS = 3600

STATUSES = {"BAD_REQUEST": 400, "INVALID_PARAMETER_VALUE": 400, "DEADLINE_EXCEEDED": 504}


class Model:
    """The model's process; one request at a time."""

    def __init__(self):
        self.ready = False
        self._turn = threading.Lock()
        self._worker = None
        self._python = None

    def bring_up(self):
        """Builds the environment, loads the model and lets it be used. Raises Problem, Ended and Late."""
        log = lambda line: print(line, flush=True)  # noqa: E731
        if self._python is None:
            self._python = environments.python_of(FOLDER, log, may_build=True)[0]
        log("loading the model")
        # The machine is the model's own: what it may use of it is not limited.
        self._worker = Worker(self._python, FOLDER, limited=False)
        self._worker.load(time.monotonic() + LOAD_SECONDS)
        self.ready = True

    def score(self, request):
        with self._turn:
            try:
                if not self._worker.alive():
                    self.bring_up()
                return self._worker.ask(request, time.monotonic() + ANSWER_SECONDS)
            except Late:
                self._worker.end()
                return {"error_code": "DEADLINE_EXCEEDED", "message": "The model did not answer in time"}
            except (Ended, Problem) as error:
                message = f"The model's process ended while it answered ({error})"
                return {"error_code": "INTERNAL_ERROR", "message": message}


MODEL = Model()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(200 if self.path == "/ping" and MODEL.ready else 503, "")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            request = {"body": body.decode(), "content_type": self.headers.get("Content-Type")}
        except UnicodeDecodeError:
            refusal = {"error_code": "BAD_REQUEST", "message": "The body is no UTF-8 text"}
            return self._answer(400, json.dumps(refusal))
        answer = MODEL.score(request)
        if "body" in answer:
            return self._answer(200, answer["body"])
        self._answer(STATUSES.get(answer["error_code"], 500), json.dumps(answer))

    def log_message(self, *_):
        """SageMaker asks for `/ping` every few seconds."""

    def _answer(self, status, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def load():
    try:
        MODEL.bring_up()
    except (Problem, Ended, Late) as error:
        print(f"The model cannot be served: {str(error) or 'it takes too long to load'}", flush=True)
        # A container that ends is a deployment that failed; one that only waits takes its time.
        os._exit(1)


def main():
    threading.Thread(target=load, daemon=True).start()
    ThreadingHTTPServer((HOST, PORT), Handler).serve_forever()
