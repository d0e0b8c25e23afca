#!/usr/bin/env bash
# Unmodified boto3 and AWS CLI against every service of a running host.
set -euo pipefail

lane=aws
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=../support/lane.sh
. "$here/../support/lane.sh"
venv aws "$here/requirements.txt"
start_slipway --aws-port 0

aws_url="$(sed -n 's/^AWS APIs on //p' "$log")"
report="$(mktemp)"
AWS_ENDPOINT_URL="$aws_url" AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 \
  AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_CONFIG_FILE=/dev/null \
  PATH="$(dirname "$python"):$PATH" \
  "$python" -m pytest --quiet -p no:cacheprovider --junitxml="$report" "$here" || true
count "$report"
rm -f "$report"
