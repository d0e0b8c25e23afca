#!/usr/bin/env bash
# The same requests to `mlflow server` (PyPI, sqlite) and to `slipway start`: answers must be equal, but for
# what expected-differences.json names. DIFFERENTIAL_CASES=5000 asks for more cases, DIFFERENTIAL_SEED for
# others, DIFFERENTIAL_SUITES="runs registry" for some suites, DIFFERENTIAL_SECONDS for more time.
set -euo pipefail

lane=differential
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
venv mlflow "$here/../mlflow/requirements.txt"
start_slipway

cd "$(mktemp -d)"
PYTHONDONTWRITEBYTECODE=1 "$python" "$here/compare.py" "$url"
