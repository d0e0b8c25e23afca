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

# Lanes wait more than they work: for packages, servers and browsers.
at_once=2
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# Each lane sees to a build; two would make it at the same time.
(cd ../.. && npm run --silent build)

# Shows all that a lane printed once it has ended, so that lanes do not talk into each other.
run_lane() {
  local lane="$1" status=0 began="$SECONDS"
  bash "$lane/run.sh" > "$work/$lane.log" 2>&1 || status=$?
  echo "$status" > "$work/$lane.status"
  until mkdir "$work/printing" 2> /dev/null; do sleep 0.1; done
  echo "== lane $lane, $((SECONDS - began)) s"
  cat "$work/$lane.log"
  rmdir "$work/printing"
}

for lane in ${lanes[@]+"${lanes[@]}"}; do
  [ -f "$lane/run.sh" ] || continue
  while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do sleep 0.5; done
  run_lane "$lane" &
done
wait

passed=0
failed=0
fail() {
  echo "failed: $1" >&2
  failed=$((failed + 1))
}

for lane in ${lanes[@]+"${lanes[@]}"}; do
  if [ ! -f "$lane/run.sh" ]; then
    fail "no such lane: $lane"
    continue
  fi
  status="$(cat "$work/$lane.status" || echo unknown)"
  count="$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/$lane.log" | tail -n 1 || true)"
  if [[ "$count" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    [ "$status" -eq 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || fail "lane $lane ended with status $status"
  else
    fail "lane $lane ended without a count (status $status)"
  fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
