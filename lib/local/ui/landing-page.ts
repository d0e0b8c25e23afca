/** What `/` shows without a web interface; `host` is the request's. */
export function landingPage(host: string): string {
  const url = `http://${host.replaceAll(/[^\w.:[\]-]/g, '')}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Slipway</title>
<style>body{font:16px/1.5 system-ui;max-width:42rem;margin:4rem auto;padding:0 1rem}pre{background:#f2f2f2;padding:.75rem}</style>
<h1>Slipway is running</h1>
<p>Point an MLflow client at it:</p>
<pre>export MLFLOW_TRACKING_URI=${url}</pre>
<p>MLflow&rsquo;s web interface appears here after one command and a restart:</p>
<pre>npm run ui</pre>
<p>See also <a href="/api/slipway/v1/events">the audit trail</a>, <a href="/health">health</a> and <a href="/version">version</a>.</p>
</html>
`;
}
