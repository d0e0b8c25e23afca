#!/usr/bin/env bash
# Every AWS request that our functions send, and every answer that the local host gives, against AWS's
# own service models (botocore). The calls are those of the loop, of endpoints and schedules, of the host's own tests
# and of stores'; an operation that the functions or the state machines name and nobody called is a failure.
set -euo pipefail

lane=service-models
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
venv service-models "$here/requirements.txt"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$root"
npm run --silent build
RECORD_AWS_CALLS="$work/calls.jsonl" NODE_OPTIONS="--import $here/recorder.mjs" \
  npx vitest run --project integration test/integration/loop/{loop,pipelines}.test.ts \
  test/integration/serving/{sagemaker-endpoints,scale-to-zero}.test.ts test/integration/host/terminal.test.ts \
  > "$work/loop.txt" 2>&1 || { cat "$work/loop.txt" >&2; echo "0 passed, 1 failed"; exit 1; }
# What the loop does not call, the services' own tests do, and tests of stores what functions send to DynamoDB.
stores="test/unit/tracking/runs test/unit/registry/registry.test.ts test/unit/webhooks test/unit/serving/batch"
# shellcheck disable=SC2086
RECORD_AWS_CALLS="$work/calls.jsonl" NODE_OPTIONS="--import $here/recorder.mjs" \
  npx vitest run --project unit test/unit/notifications test/unit/local/{applicationautoscaling,s3,sns,sqs,eventbridge,scheduler,sagemaker,stepfunctions,lambda} $stores \
  > "$work/services.txt" 2>&1 || { cat "$work/services.txt" >&2; echo "0 passed, 1 failed"; exit 1; }
# Nor does the loop train on GPUs, on several instances, or with a program of somebody else's.
npx node "$here/training-requests.ts" >> "$work/calls.jsonl"
named="$({
  grep -rhoE "new [A-Z][A-Za-z0-9]+Command\(" functions --include='*.ts' | sed -E 's/new (.*)Command\(/\1/'
  grep -rhoE "send\('[A-Z][A-Za-z]+'" functions --include='*.ts' | sed -E "s/.*'(.*)'/\1/"
  grep -rhoE 'aws-sdk:[a-z0-9]+:[a-zA-Z]+' statemachines | sed -E 's/.*://'
} | sort -u)"
# shellcheck disable=SC2086
"$python" "$here/check.py" "$work/calls.jsonl" $named
