"""Virtual environments for models: one per set of requirements and Python version."""

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

import object_store

HERE = os.path.dirname(os.path.abspath(__file__))

# Only the local host gives a folder that is kept; elsewhere the bucket keeps what was built.
KEPT = "SLIPWAY_CACHE_DIR" in os.environ
# Nobody keeps it on SageMaker: a container builds its one environment.
STORED = not KEPT and "ARTIFACTS_BUCKET" in os.environ
ROOT = os.environ.get("SLIPWAY_CACHE_DIR") or os.path.join(tempfile.gettempdir(), "slipway")

# Part of every name: a change of how environments are made must not meet those made before.
RECIPE = 1
LAST_LINES = 12

PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}


class Problem(Exception):
    """Why a model cannot be served, for its owner."""


def python_of(folder, log, may_build):
    """The interpreter of a model's environment and its name; builds it where that is allowed."""
    requirements, version = _wanted(folder)
    parts = [RECIPE, requirements, version, platform.machine()]
    name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
    home = os.path.join(ROOT, "environments", name)
    os.makedirs(os.path.dirname(home), exist_ok=True)
    with open(f"{home}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(home, "ready")):
            shutil.rmtree(home, ignore_errors=True)
            if not _restore(name, home, version, log):
                if not may_build:
                    raise Problem(f"its environment {name} is gone; change the endpoint's configuration to build it again")
                _build(name, home, folder, version, log)
            open(os.path.join(home, "ready"), "w").close()
        else:
            log(f"environment {name} is there")
    return os.path.join(home, "bin", "python"), name


def _wanted(folder):
    try:
        with open(os.path.join(folder, "requirements.txt")) as file:
            requirements = file.read()
    except FileNotFoundError:
        raise Problem("it has no requirements.txt, so nobody knows what it needs") from None
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        with open(os.path.join(folder, "python_env.yaml")) as file:
            if found := re.search(r"^python:\s*['\"]?(\d+\.\d+)", file.read(), re.M):
                version = found[1]
    except FileNotFoundError:
        pass
    return requirements, version


def _build(name, home, folder, version, log):
    started = time.monotonic()
    log(f"building environment {name} for Python {version}")
    _make(home, version, log)
    python = os.path.join(home, "bin", "python")
    install = [_uv(log), "pip", "install", "--python", python, "-r", "requirements.txt"]
    # What is stored for other machines is compiled for them; here the first import does what it needs.
    _run(install if KEPT else [*install, "--compile-bytecode"], log, cwd=folder)
    log(f"environment {name} was built in {time.monotonic() - started:.1f} s")
    if STORED:
        with tempfile.NamedTemporaryFile(suffix=".tar.gz") as file:
            with tarfile.open(file.name, "w:gz", compresslevel=1) as archive:
                archive.add(os.path.join(home, "lib"), "lib")
            object_store.write_object(os.environ["ARTIFACTS_BUCKET"], _archive(name), file.name)


def _restore(name, home, version, log):
    if not STORED:
        return False
    with tempfile.TemporaryFile() as file:
        if not object_store.read_object(os.environ["ARTIFACTS_BUCKET"], _archive(name), file):
            return False
        _make(home, version, log)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            archive.extractall(home)
    log(f"environment {name} was restored")
    return True


def _archive(name):
    return f"environments/{name}.tar.gz"


def _make(home, version, log):
    try:
        _run([_uv(log), "venv", "--python", version, home], log)
    except Problem:
        present = platform.python_version()
        log(f"Python {version} is not to be had; the model was logged with it and runs on {present}")
        _run([_uv(log), "venv", "--python", sys.executable, home], log)


def _uv(log):
    """The image brings uv along; elsewhere it is installed once, in an environment of its own."""
    if found := shutil.which("uv"):
        return found
    home = os.path.join(ROOT, "tools")
    uv = os.path.join(home, "bin", "uv")
    with open(f"{home}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(uv):
            log("installing uv")
            _run([sys.executable, "-m", "venv", "--clear", home], log)
            pip = [os.path.join(home, "bin", "python"), "-m", "pip", "install", "--quiet"]
            _run([*pip, "-r", os.path.join(HERE, "requirements.txt")], log)
    return uv


def _settings():
    """The environment for uv, with what pip is set to on this machine."""
    variables = {**os.environ, "NO_COLOR": "1", "UV_NO_PROGRESS": "1"}
    if not KEPT:
        variables["UV_CACHE_DIR"] = os.path.join(ROOT, "uv")
        variables["UV_PYTHON_INSTALL_DIR"] = os.path.join(ROOT, "pythons")
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True)
    for setting, value in re.findall(r"\.([a-z-]+)='(.*)'$", listed.stdout, re.M):
        if setting in PIP_TO_UV:
            variables.setdefault(PIP_TO_UV[setting], value)
    return variables


def _run(command, log, cwd=None):
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=_settings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        log(lines[-1])
    if process.wait() != 0:
        shown = " ".join([os.path.basename(command[0]), *command[1:3]])
        raise Problem("\n".join([f"`{shown}` failed:", *lines[-LAST_LINES:]]))
