#!/usr/bin/env bash
# Holds the statistics of promotions against scipy, statsmodels and scikit-learn, to 1e-9. Needs
# python3 with venv and the Python package index.
set -euo pipefail

lane=statistics
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
venv statistics "$here/requirements.txt"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$root"
npx node test/conformance/statistics/cases.ts > "$work/cases.json"
"$python" test/conformance/statistics/check.py "$work/cases.json"
