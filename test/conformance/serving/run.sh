#!/usr/bin/env bash
# Models that MLflow's Python client logged, served by name and version: databricks-sdk's
# w.serving_endpoints unmodified, predictions as in Python, MLflow's scoring protocol.
set -euo pipefail

lane=serving
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
venv serving "$here/requirements.txt"
start_slipway

report="$(mktemp)"
export SLIPWAY_URL="$url" PYTHONDONTWRITEBYTECODE=1 MLFLOW_DISABLE_TELEMETRY=true
(cd "$(dirname "$report")" && "$python" -m pytest -q -p no:cacheprovider --tb short \
  --timeout 2400 --junitxml "$report" "$here") || true
count "$report"
