import { missing } from '../mlflow/index.ts';
import { invalid } from '../shared/errors.ts';
import type { HttpRequest, HttpResult } from '../shared/http/api.ts';
import { loadRun } from '../tracking/index.ts';
import { artifactLocation } from './artifact-location.ts';
import { checkArtifactPath, checkUploadPath } from './artifact-path.ts';
import { putFile } from './artifact-store.ts';
import { checkDigest } from './check-digest.ts';
import { download } from './download.ts';
import { listRunFiles } from './list-files.ts';

/** `artifacts/list`: paths are relative to the run's artifact root. */
export async function listRunArtifacts(request: HttpRequest): Promise<object> {
  return listRunFiles(runIdOf(request), request.query.path ?? '');
}

/** `/get-artifact`: what the web interface downloads. */
export async function getRunArtifact(request: HttpRequest): Promise<HttpResult> {
  if (request.query.path === undefined) throw missing('path');
  const path = checkArtifactPath(request.query.path);
  // Without an id MLflow looks for the run `None`, as Python prints a missing value, and says that it is not there.
  const { run_id, run_uuid } = request.query;
  const { artifact_uri } = await loadRun(run_id || (run_uuid ?? 'None'));
  // An empty path, `#` and the like mean the root.
  if (path === '') throw missing('path');
  return download(await artifactLocation(`${artifact_uri}/${path}`));
}

/** Bytes that the web interface may store beside a run. */
const MAX_UPLOAD = 10 * 1024 * 1024;

/** `upload-artifact`: pictures and notes of the web interface. */
export async function uploadRunArtifact(request: HttpRequest): Promise<HttpResult> {
  const { query, body, headers } = request;
  if (!query.run_uuid) throw invalid('Request must specify run_uuid.');
  if (!query.path) throw invalid('Request must specify path.');
  checkArtifactPath(query.path);
  if (body.length > MAX_UPLOAD) throw invalid('Artifact size is too large. Max size is 10MB.');
  if (body.length === 0) throw invalid('Request must specify data.');
  const path = checkUploadPath(query.path);
  checkDigest(request);
  const { artifact_uri } = await loadRun(query.run_uuid);
  const location = await artifactLocation(`${artifact_uri}/${path}`);
  await putFile(location, body, headers['content-type']);
  return { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: '' };
}

function runIdOf({ query }: HttpRequest): string {
  const runId = query.run_id ?? query.run_uuid;
  if (!runId) throw missing('run_id');
  return runId;
}
