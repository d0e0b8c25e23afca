#!/usr/bin/env bash
# The Java client of MLflow, unmodified (Maven Central), in its smallest scenarios.
set -euo pipefail

lane=java
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../support/lane.sh"
command -v mvn > /dev/null || missing "Maven and Java 17"
start_slipway

target="$(mktemp -d)"
SLIPWAY_URL="$url" mvn --quiet --batch-mode --file "$here/pom.xml" -Dlane.target="$target" \
  -Dstyle.color=never -Dmaven.test.failure.ignore=true test || true
# Maven ends with colour codes and no line of its own.
echo
reports=("$target"/surefire-reports/TEST-*.xml)
[ -f "${reports[0]}" ] || missing "Maven Central, or sources that compile"
count "${reports[@]}"
