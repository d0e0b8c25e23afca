#!/usr/bin/env bash
# Runs MLflow's own tests against `slipway start`. MLFLOW_SRC is a source tree of MLflow (tag v3.11.1: the
# folders mlflow and tests, pyproject.toml); without it only Slipway's smoke tests run, and a line says so.
# TESTS narrows the choice: TESTS="tests/tracking/test_rest_tracking.py -k experiment".
set -euo pipefail

lane=mlflow
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
venv mlflow "$here/requirements.txt"
start_slipway --allow-private-webhooks

reports="$(mktemp -d)"
export SLIPWAY_URL="$url" KNOWN_DIFFERENCES="$here/known-differences.md" PYTHONDONTWRITEBYTECODE=1
export MLFLOW_HTTP_REQUEST_MAX_RETRIES=1 MLFLOW_HTTP_REQUEST_TIMEOUT=120 MLFLOW_DISABLE_TELEMETRY=true
PATH="$(dirname "$python"):$PATH"
cd "$reports"

"$python" -m pytest -q -p no:cacheprovider --junitxml "$reports/smoke.xml" "$here/test_smoke.py" || true
if [ -n "${MLFLOW_SRC:-}" ]; then
  tests="${TESTS:-$(cat "$here/tests.txt")}"
  (
    cd "$MLFLOW_SRC"
    # shellcheck disable=SC2086
    PYTHONPATH="$here:$MLFLOW_SRC" "$python" -m pytest -p slipway_server -p no:cacheprovider \
      --rootdir "$MLFLOW_SRC" -c "$MLFLOW_SRC/pyproject.toml" -o addopts="-p no:legacypath" \
      --timeout 600 --color no -q --tb short --junitxml "$reports/mlflow.xml" $tests
  ) || true
else
  echo "MLFLOW_SRC is not set: MLflow's own tests are not run, only the smoke tests"
fi
# A run that ended before its tests began has no report: counting it fails, as it should.
count "$reports/smoke.xml" ${MLFLOW_SRC:+"$reports/mlflow.xml"}
