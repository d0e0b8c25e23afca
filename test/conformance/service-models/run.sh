#!/usr/bin/env bash
# Every AWS request that our functions send, and every answer that the local host gives, against AWS's
# own service models (botocore). The calls are those of the loop and of the host's own tests.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../../.." && pwd)"
venv="$root/.cache/venv-service-models"

if ! command -v python3 > /dev/null; then
  echo "lane service-models needs python3" >&2
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
npm run --silent build
RECORD_AWS_CALLS="$work/calls.jsonl" NODE_OPTIONS="--import $here/recorder.mjs" \
  npx vitest run --project integration test/integration/loop.test.ts test/integration/terminal.test.ts \
  > "$work/loop.txt" 2>&1 || { cat "$work/loop.txt" >&2; echo "0 passed, 1 failed"; exit 1; }
# What the loop does not call, the services' own tests do.
RECORD_AWS_CALLS="$work/calls.jsonl" NODE_OPTIONS="--import $here/recorder.mjs" \
  npx vitest run --project unit test/unit/local/{sqs,eventbridge,scheduler,sagemaker,stepfunctions,lambda} \
  > "$work/services.txt" 2>&1 || { cat "$work/services.txt" >&2; echo "0 passed, 1 failed"; exit 1; }
"$venv/bin/python" "$here/check.py" "$work/calls.jsonl"
