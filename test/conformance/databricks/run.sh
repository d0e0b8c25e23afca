#!/usr/bin/env bash
# databricks-sdk, unmodified: w.experiments, w.model_registry, w.registered_models and w.model_versions.
set -euo pipefail

lane=databricks
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
venv databricks "$here/requirements.txt"
start_slipway --allow-private-webhooks

report="$(mktemp)"
SLIPWAY_URL="$url" PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here/../support" \
  "$python" -m pytest -q -p no:cacheprovider -p receiver --timeout 600 --junitxml "$report" "$here" || true
count "$report"
