#!/usr/bin/env bash
# The template of each environment against CloudFormation's own resource schemas, and each state machine
# against that of the Amazon States Language (cfn-lint has both).
# Needs python3 with venv and the Python package index.
set -euo pipefail

lane=template
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
venv template "$here/requirements.txt"

cd "$root"
passed=0
failed=0
for environment in dev staging prod; do
  folder="$(npm run --silent synth -- -c environment="$environment" | tail -n 1)"
  # W3005 finds a DependsOn that a reference implies anyway: CDK writes both.
  if "${python%python}cfn-lint" --ignore-checks W3005 --template "$folder"/*.template.json; then
    passed=$((passed + 1))
  else
    echo "failed: template: $environment"
    failed=$((failed + 1))
  fi
done
for machine in statemachines/*.asl.json; do
  if "$python" "$here/state_machines.py" "$machine"; then
    passed=$((passed + 1))
  else
    echo "failed: template: $machine"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
