#!/usr/bin/env bash
# The tables of known answers, and our stores' tests, against what others wrote: MiniStack (Python),
# AWS's own DynamoDB Local (Java 17, Maven) and its language service for state machines (npm). Last line: "N passed, N failed".
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
cache="$root/.cache/second-opinion"
cd "$root"

for tool in python3 java mvn; do
  if ! command -v "$tool" > /dev/null; then
    echo "the second opinion needs $tool" >&2
    echo "0 passed, 1 failed"
    exit 1
  fi
done

if [ ! -f "$cache/ready" ] || [ ! -d "$cache/npm" ]; then
  rm -rf "$cache"
  python3 -m venv "$cache/venv"
  "$cache/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$cache/lib"
  npm install --silent --no-audit --no-fund --prefix "$cache/npm" amazon-states-language-service@1.16.1
  touch "$cache/ready"
fi

work="$(mktemp -d)"
pids=()
stop() {
  for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2> /dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
await_port() {
  for _ in $(seq 1500); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; then return; fi
    sleep 0.2
  done
  echo "nothing listens on port $1" >&2
  cat "$work"/*.log >&2
  return 1
}

ministack="$(free_port)"
env -i PATH="$PATH" HOME="$work" BIND_HOST=127.0.0.1 GATEWAY_PORT="$ministack" \
  AWS_ENDPOINT_URL="http://127.0.0.1:$ministack" \
  "$cache/venv/bin/ministack" > "$work/ministack.log" 2>&1 &
pids+=($!)
dynamodb="$(free_port)"
# It writes a file into the folder where it is started.
(cd "$work" && exec java -cp "$cache/lib/*" \
  com.amazonaws.services.dynamodbv2.local.main.ServerRunner -inMemory -port "$dynamodb" \
  > "$work/dynamodb.log" 2>&1) &
pids+=($!)
await_port "$ministack"
await_port "$dynamodb"

passed=0
failed=0
add() {
  passed=$((passed + $1))
  failed=$((failed + $2))
}

echo "== known answers"
npx node test/second-opinion/run.ts --ministack "http://127.0.0.1:$ministack" \
  --dynamodb-local "http://127.0.0.1:$dynamodb" --language-service "$cache/npm" | tee "$work/answers.txt" || true
counts="$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/answers.txt" || echo '0 passed, 1 failed')"
[[ "$counts" =~ ^([0-9]+)\ passed,\ ([0-9]+) ]] && add "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"

echo "== the stores' tests on DynamoDB Local"
status=0
# Left out are the bill of tracking, which counts what a transaction costs twice, and what our own engine answers.
stores="$(grep -rlE "support/(dynamo|platform|loop)\.ts|/api\.ts'" test/unit --include='*.test.ts' \
  | grep -v -e tracking/cost -e local/operations)"
# shellcheck disable=SC2086
TEST_DYNAMODB_ENDPOINT="http://127.0.0.1:$dynamodb" npx vitest run --project unit \
  --reporter=default --reporter=json --outputFile.json="$work/stores.json" $stores || status=$?
# shellcheck disable=SC2046
add $(npx node .ci/count-tests.mjs "$work/stores.json" "$status")

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
