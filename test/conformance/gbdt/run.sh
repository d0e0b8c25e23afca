#!/usr/bin/env bash
# Compares the built-in trainer with scikit-learn and LightGBM on the same rows, and its ONNX export
# with onnxruntime. Needs python3 with venv and the Python package index.
set -euo pipefail

lane=gbdt
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
venv gbdt "$here/requirements.txt"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$root"
npx node test/conformance/gbdt/train-cases.ts "$work"
"$python" test/conformance/gbdt/check.py "$work"
