#!/usr/bin/env bash
# databricks-sdk, unmodified, against a host of its own: w.model_registry, w.registered_models and
# w.model_versions. Needs python3 with venv and the Python package index, and `npm run build` done.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../../.." && pwd)"
venv="$root/.cache/venv-databricks-registry"

if ! command -v python3 > /dev/null; then
  echo "lane databricks-registry needs python3" >&2
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
host=""
trap '[ -n "$host" ] && kill "$host" 2> /dev/null; rm -rf "$work"' EXIT
cd "$root"
node_modules/.bin/node lib/local/cli/main.ts start --ephemeral --allow-private-webhooks --port 0 > "$work/host.log" &
host=$!
for _ in $(seq 300); do
  grep -q '^Slipway ready on ' "$work/host.log" && break
  sleep 0.1
done
url="$(sed -n 's/^Slipway ready on //p' "$work/host.log")"
if [ -z "$url" ]; then
  cat "$work/host.log" >&2
  echo "0 passed, 1 failed"
  exit 1
fi

status=0
SLIPWAY_URL="$url" "$venv/bin/python" -m pytest -q --timeout 60 -p no:cacheprovider \
  --junitxml "$work/report.xml" "$here" || status=$?
"$venv/bin/python" - "$work/report.xml" << 'PY'
import sys, xml.etree.ElementTree as tree
suite = next(tree.parse(sys.argv[1]).iter("testsuite")).attrib
total, failed = int(suite["tests"]), int(suite["failures"]) + int(suite["errors"])
print(f"{total - failed - int(suite['skipped'])} passed, {failed + int(suite['skipped'])} failed")
PY
exit "$status"
