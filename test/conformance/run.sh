#!/usr/bin/env bash
# Runs the lanes with real clients: every test/conformance/<lane>/run.sh, or those named.
# A lane's last count line, "N passed, N failed", comes from its own test runner's report; a lane
# whose toolchain is missing says so in one line and fails. A lane with a file `by-name-only` runs if it is
# named (README.md says why). Last line here: the sum.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"

if [ "$#" -gt 0 ]; then
  lanes=("$@")
else
  lanes=()
  for script in */run.sh; do
    if [ -f "${script%/run.sh}/by-name-only" ]; then
      echo "lane ${script%/run.sh} runs by name only"
    elif [ -f "$script" ]; then
      lanes+=("${script%/run.sh}")
    fi
  done
fi

output="$(mktemp)"
trap 'rm -f "$output"' EXIT
passed=0
failed=0

for lane in ${lanes[@]+"${lanes[@]}"}; do
  echo "== lane $lane"
  if [ ! -f "$lane/run.sh" ]; then
    echo "failed: no such lane: $lane" >&2
    failed=$((failed + 1))
    continue
  fi
  status=0
  bash "$lane/run.sh" 2>&1 | tee "$output" || status=$?
  count="$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$output" | tail -n 1 || true)"
  if [[ "$count" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    if [ "$status" -ne 0 ] && [ "${BASH_REMATCH[2]}" -eq 0 ]; then
      echo "failed: lane $lane ended with status $status" >&2
      failed=$((failed + 1))
    fi
  else
    echo "failed: lane $lane ended without a count (status $status)" >&2
    failed=$((failed + 1))
  fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
