#!/usr/bin/env bash
# MLflow's Python clients against `slipway start`: the newest in depth, older ones in a small smoke test.
# CLIENTS narrows the choice: CLIENTS="3.17.2 2.9.2".
set -euo pipefail

lane=python
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
newest=3.17.2
start_slipway --allow-private-webhooks

reports="$(mktemp -d)"
export SLIPWAY_URL="$url" PYTHONDONTWRITEBYTECODE=1 MLFLOW_DISABLE_TELEMETRY=true
export PYTHONPATH="$here/../support"
export MLFLOW_HTTP_REQUEST_MAX_RETRIES=1
for release in ${CLIENTS:-$newest 3.11.1 3.1.4 2.22.1 2.9.2}; do
  requirements="$reports/mlflow-$release.txt"
  # Old releases import pkg_resources and need the pandas and numpy of their time.
  printf 'mlflow-skinny==%s\npandas<3\nnumpy<2.4\nsetuptools<81\npytest>=8\nrequests\n' "$release" > "$requirements"
  # Their spans end by a private field of OpenTelemetry's that is gone since.
  [ "$release" = "$newest" ] || echo 'opentelemetry-sdk<1.35' >> "$requirements"
  # Models of scikit-learn are logged by skops.
  [ "$release" = "$newest" ] && printf 'scikit-learn\nskops\n' >> "$requirements"
  venv "client-$release" "$requirements"
  tests=("$here/test_smoke.py")
  # Traces came with 2.14.
  [ "${release#2.9.}" = "$release" ] && tests+=("$here/test_traces.py")
  [ "$release" = "$newest" ] && tests+=("$here/test_depth.py" "$here/test_registry_depth.py" "$here/test_traces_depth.py" "$here/test_models_depth.py")
  echo "client $release"
  (cd "$reports" && "$python" -m pytest -q -p no:cacheprovider -p receiver --tb short \
    --junitxml "$reports/$release.xml" "${tests[@]}") || true
done
count "$reports"/*.xml
