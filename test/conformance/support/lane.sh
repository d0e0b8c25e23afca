# Sourced by lanes with Python clients: `venv NAME REQUIREMENTS`, `start_slipway [flag…]`, `count REPORT…`.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"

# One line about what is missing; the lane fails with it.
missing() {
  echo "failed: lane ${lane:?} needs $1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

# Sets $python to the interpreter of a virtual environment, made once and kept in .cache.
venv() {
  command -v python3 > /dev/null || missing "python3 with venv"
  local folder="$root/.cache/venv-$1"
  mkdir -p "$root/.cache"
  # Of two lanes with one environment the second finds it made.
  exec 9> "$folder.lock"
  ! command -v flock > /dev/null || flock 9
  if ! cmp -s "$2" "$folder/ready"; then
    rm -rf "$folder"
    python3 -m venv "$folder" || missing "python3 with venv"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2" \
      || missing "a Python package index with the packages of $(basename "$2")"
    cp "$2" "$folder/ready"
  fi
  exec 9>&-
  python="$folder/bin/python"
}

# Starts a host with an empty instance; sets $url and stops it when the lane ends.
start_slipway() {
  # Not local: the trap reads it when the lane ends.
  log="$(mktemp)"
  (cd "$root" && npm run --silent build > /dev/null)
  (cd "$root" && exec node_modules/.bin/node lib/local/cli/main.mjs start --ephemeral --port 0 "$@") \
    > "$log" 2>&1 &
  slipway=$!
  trap 'kill "$slipway" 2> /dev/null; wait "$slipway" 2> /dev/null; rm -f "$log"' EXIT
  for _ in $(seq 1500); do
    url="$(sed -n 's/^Slipway ready on //p' "$log")"
    [ -n "$url" ] && return
    kill -0 "$slipway" 2> /dev/null || break
    sleep 0.2
  done
  cat "$log" >&2
  missing "a host that starts"
}

# The last line of a lane, out of JUnit reports, after a line "failed: …" for each test that failed.
count() {
  python3 - "${lane:?}" "$@" << 'PY'
import sys
import xml.etree.ElementTree as ET

total = failed = skipped = 0
for path in sys.argv[2:]:
    for case in ET.parse(path).iter("testcase"):
        for outcome in [*case.iter("failure"), *case.iter("error")]:
            message = (outcome.get("message") or outcome.text or "").strip().split("\n")[0]
            print(f"failed: {sys.argv[1]}: {case.get('classname')}.{case.get('name')}: {message}")
    for suite in ET.parse(path).iter("testsuite"):
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
print(f"{total - failed - skipped} passed, {failed} failed")
sys.exit(failed > 0)
PY
}
