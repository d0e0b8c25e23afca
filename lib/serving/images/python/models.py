"""Models in processes of their own, so that one which hangs, ends or grows hurts one request."""

import collections
import fcntl
import hashlib
import json
import os
import select
import shutil
import signal
import struct
import subprocess
import threading
import time

import environments
import object_store
from environments import Problem

HERE = os.path.dirname(os.path.abspath(__file__))
MEMORY_MB = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "3008"))

# Versions kept warm beside each other, and artefacts kept on disk.
MAX_WORKERS = 4
MAX_FOLDERS = 8
LOG_LINES = 1000


class Late(Exception):
    """No answer in the time given."""


class Ended(Exception):
    """The process has ended instead of answering."""


class Worker:
    """The process of one model."""

    def __init__(self, python, folder, limited=True, environment=None):
        """`limited`: whether it has the memory of a function, or all that there is.

        `environment`: variables that it has besides this program's own.
        """
        hidden = {"AWS_LAMBDA_RUNTIME_API"}
        variables = {name: value for name, value in os.environ.items() if name not in hidden}
        variables.update(environment or {})
        self.lines = collections.deque(maxlen=LOG_LINES)
        self.loaded = False
        self.used = time.monotonic()
        self._buffer = bytearray()
        self.process = subprocess.Popen(
            [python, os.path.join(HERE, "worker.py"), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**variables, "PYTHONUNBUFFERED": "1", "MLFLOW_DISABLE_TELEMETRY": "true"},
            preexec_fn=limit_memory if limited else None,
        )
        threading.Thread(target=self._copy_lines, daemon=True).start()

    def load(self, deadline):
        """Waits until the model is there. Raises Problem, Late and Ended."""
        if self.loaded:
            return
        if problem := self._receive(deadline).get("problem"):
            self.process.wait()
            raise Problem(problem)
        self.loaded = True

    def ask(self, request, deadline):
        self.used = time.monotonic()
        data = json.dumps(request).encode()
        try:
            self.process.stdin.write(struct.pack(">I", len(data)) + data)
            self.process.stdin.flush()
        except OSError:
            raise Ended(self._how()) from None
        return self._receive(deadline)

    def end(self):
        self.process.kill()
        self.process.wait()

    def alive(self):
        return self.process.poll() is None

    def resident_bytes(self):
        try:
            with open(f"/proc/{self.process.pid}/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return 0

    def _receive(self, deadline):
        length = struct.unpack(">I", self._read(4, deadline))[0]
        return json.loads(self._read(length, deadline))

    def _read(self, count, deadline):
        source = self.process.stdout.fileno()
        while len(self._buffer) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([source], [], [], left)[0]:
                raise Late
            chunk = os.read(source, 1 << 20)
            if not chunk:
                raise Ended(self._how())
            self._buffer += chunk
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def _how(self):
        code = self.process.wait()
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

    def _copy_lines(self):
        for line in self.process.stderr:
            text = line.decode(errors="replace").rstrip()
            self.lines.append(text)
            print(text, flush=True)


def limit_memory():
    try:
        import resource

        size = MEMORY_MB * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    except (ImportError, OSError, ValueError):
        # Not every system limits the data of a process.
        pass


class Models:
    """The models of this process, the least recently used of which give way."""

    def __init__(self):
        self._workers = collections.OrderedDict()

    def bring_up(self, event, log, deadline):
        """Brings a model up. Raises Problem and Ended; Late while it goes on loading."""
        location = event["location"]
        name = process_of(event)
        worker = self._workers.get(name)
        if not worker or not worker.alive():
            folder = fetch(location, log)
            python, _ = environments.python_of(folder, log, may_build=False)
            log("loading the model")
            worker = Worker(python, folder, environment=event.get("environment_vars"))
            worker.folder = folder
            self._workers[name] = worker
        self._workers.move_to_end(name)
        if not worker.loaded:
            worker.load(deadline)
        self._make_room()
        return worker

    def check_example(self, worker, deadline):
        """MLflow stores an example as a request beside the model, where one was given. Raises Problem."""
        try:
            with open(os.path.join(worker.folder, "serving_input_example.json")) as file:
                body = file.read()
        except FileNotFoundError:
            return
        try:
            answer = worker.ask({"body": body, "content_type": "application/json"}, deadline)
        except Late:
            worker.end()
            raise Problem("it takes too long to predict its input example") from None
        if "message" in answer:
            raise Problem(f"it cannot predict its input example: {answer['message']}")

    def forget(self, event):
        if worker := self._workers.pop(process_of(event), None):
            worker.end()

    def lines(self, event):
        worker = self._workers.get(process_of(event))
        return list(worker.lines) if worker else []

    def _make_room(self):
        while len(self._workers) > 1:
            total = sum(worker.resident_bytes() for worker in self._workers.values())
            if len(self._workers) <= MAX_WORKERS and total <= MEMORY_MB * 1024 * 1024:
                return
            self._workers.popitem(last=False)[1].end()


def identity(location):
    return f"{location['bucket']}/{location['key'].rstrip('/')}"


def process_of(event):
    """Entities of one version share its process when its variables are the same."""
    return (identity(event["location"]), *sorted((event.get("environment_vars") or {}).items()))


def fetch(location, log):
    """The folder of the artefact's files, under a name made of their entity tags."""
    prefix = location["key"].rstrip("/") + "/"
    objects = object_store.list_objects(location["bucket"], prefix)
    if not any(key == f"{prefix}MLmodel" for key, _ in objects):
        raise Problem("MLmodel does not exist in the artefact")
    name = hashlib.sha256(json.dumps([identity(location), objects]).encode()).hexdigest()[:16]
    root = os.path.join(environments.ROOT, "models")
    folder = os.path.join(root, name)
    os.makedirs(root, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.isdir(folder):
            log(f"fetching {len(objects)} files")
            unfinished = f"{folder}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            for key, _ in objects:
                path = os.path.normpath(os.path.join(unfinished, key[len(prefix) :]))
                if key.endswith("/") or not path.startswith(unfinished + os.sep):
                    continue
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    object_store.read_object(location["bucket"], key, file)
            os.rename(unfinished, folder)
        os.utime(folder)
    folders = [entry for entry in os.scandir(root) if entry.is_dir()]
    folders.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
    for old in folders[MAX_FOLDERS:]:
        shutil.rmtree(old.path, ignore_errors=True)
    return folder
