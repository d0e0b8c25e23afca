#!/usr/bin/env bash
# Compares the built-in trainer with scikit-learn and LightGBM on the same rows, and its ONNX export
# with onnxruntime. Needs python3 with venv and the Python package index.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../../.." && pwd)"
venv="$root/.cache/venv-gbdt"

if ! command -v python3 > /dev/null; then
  echo "lane gbdt needs python3" >&2
  echo "0 passed, 1 failed"
  exit 1
fi
if [ ! -f "$venv/ready" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  touch "$venv/ready"
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$root"
npx node test/conformance/gbdt/train-cases.ts "$work"
"$venv/bin/python" test/conformance/gbdt/check.py "$work"
