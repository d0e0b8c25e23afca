"""Starts `mlflow server`, and compares it with the Slipway host whose address is given."""

import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

import suites
from pair import Pair
from report import Report


def start_mlflow():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path.cwd()
    log = open(folder / "mlflow.log", "w")
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--workers", "1"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    for _ in range(1500):
        try:
            if requests.get(f"{url}/health", timeout=30).ok:
                return process, url
        except requests.RequestException:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.2)
    print((folder / "mlflow.log").read_text()[-3000:], file=sys.stderr)
    raise SystemExit("mlflow server did not start")


def main():
    process, url = start_mlflow()
    report = Report()
    try:
        pair = Pair(url, sys.argv[1], report)
        seed = int(os.environ.get("DIFFERENTIAL_SEED", "1"))
        cases = int(os.environ.get("DIFFERENTIAL_CASES", "700"))
        until = time.monotonic() + float(os.environ.get("DIFFERENTIAL_SECONDS", "60" if cases <= 700 else "86400"))
        chosen = os.environ.get("DIFFERENTIAL_SUITES", "").split() or list(suites.ALL)
        for i, name in enumerate(chosen):
            # What time is left is shared by the suites that are left.
            share = (until - time.monotonic()) / (len(chosen) - i)
            before, began = report.passed + report.failed, time.monotonic()
            suites.ALL[name](pair, random.Random(f"{seed} {name}"), cases // len(chosen), began + share)
            done = report.passed + report.failed - before
            print(f"suite {name}: {done} cases in {time.monotonic() - began:.1f} s", flush=True)
    finally:
        os.killpg(process.pid, 15)
        process.wait(120)
    return 0 if report.end() else 1


if __name__ == "__main__":
    sys.exit(main())
