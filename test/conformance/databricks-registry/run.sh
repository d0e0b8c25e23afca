#!/usr/bin/env bash
# databricks-sdk, unmodified: w.model_registry, w.registered_models and w.model_versions.
set -euo pipefail

lane=databricks-registry
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
venv databricks-registry "$here/requirements.txt"
start_slipway --allow-private-webhooks

report="$(mktemp)"
SLIPWAY_URL="$url" PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -p no:cacheprovider \
  --timeout 60 --junitxml "$report" "$here/test_registry.py" || true
count "$report"
