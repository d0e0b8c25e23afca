#!/usr/bin/env bash
# The stock MLflow web interface in headless Chromium: every page shows what it should, no request fails and
# nothing is reported to the console, and what people do there is seen when the page is loaded anew. Needs Chromium (installed with apt-get where that is possible), npm
# and the Python package index. SCREENSHOTS names a folder for a picture of every page, PAGES chooses some.
set -euo pipefail

lane=ui
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=../support/lane.sh
. "$here/../support/lane.sh"
cache="$root/.cache/ui-lane"

find_browser() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}
if ! find_browser > /dev/null && [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) > /dev/null 2>&1 || true
fi
chromium="$(find_browser)" || missing "Chromium"
command -v npm > /dev/null || missing "npm"

mkdir -p "$cache"
if [ ! -d "$cache/node_modules/playwright-core" ]; then
  npm install --silent --no-save --prefix "$cache" playwright-core@1.65.1 || missing "the package playwright-core"
fi
cd "$root"
if [ ! -f "$cache/ui/index.html" ]; then
  node_modules/.bin/node lib/local/ui/fetch-ui.ts --data-dir "$cache" > /dev/null || missing "the wheel of mlflow"
fi

start_slipway --ui "$cache/ui"
PLAYWRIGHT="$cache/node_modules/playwright-core/index.mjs" CHROMIUM="$chromium" SLIPWAY_URL="$url" \
  node_modules/.bin/node "$here/visit-pages.ts"
