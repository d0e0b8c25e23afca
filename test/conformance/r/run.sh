#!/usr/bin/env bash
# MLflow's own R client, installed from MLFLOW_SRC (a source tree of MLflow, tag v3.11.1) into a folder of its own.
# Needs R with the packages that the client imports (Debian: r-base-core and r-cran-<package>) and python3: the client
# moves artifacts by MLflow's command line.
set -euo pipefail

lane=r
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=../support/lane.sh
. "$here/../support/lane.sh"

command -v Rscript > /dev/null || missing "R"
source_tree="${MLFLOW_SRC:-}/mlflow/R/mlflow"
[ -f "$source_tree/DESCRIPTION" ] || missing "MLFLOW_SRC, a source tree of MLflow"
packages="$(Rscript -e 'needed <- trimws(sub("[(].*", "", strsplit(read.dcf(commandArgs(TRUE), "Imports"), ",")[[1]]))
cat(needed[!sapply(needed, requireNamespace, quietly = TRUE)])' "$source_tree/DESCRIPTION" 2> /dev/null)"
[ -z "$packages" ] || missing "the R packages $packages"

library="$(mktemp -d)"
R CMD INSTALL --no-docs --no-test-load --library="$library" "$source_tree" > "$library/log" 2>&1 \
  || { tail -n 5 "$library/log" >&2; missing "sources of the R client that install"; }
venv mlflow "$here/../mlflow/requirements.txt"
start_slipway

export MLFLOW_PYTHON_BIN="$python" MLFLOW_BIN="$(dirname "$python")/mlflow" MLFLOW_DISABLE_TELEMETRY=true
export GIT_PYTHON_REFRESH=quiet LANG=C.UTF-8
cd "$library"
LIBRARY="$library" SLIPWAY_URL="$url" Rscript "$here/client.R"
