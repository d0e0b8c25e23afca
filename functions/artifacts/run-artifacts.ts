import { missing } from '../mlflow/index.ts';
import type { HttpRequest, HttpResult } from '../shared/http/api.ts';
import { loadRun } from '../tracking/index.ts';
import { artifactLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { download } from './download.ts';
import { listRunFiles } from './list-files.ts';

/** `artifacts/list`: paths are relative to the run's artifact root. */
export async function listRunArtifacts(request: HttpRequest): Promise<object> {
  return listRunFiles(runIdOf(request), request.query.path ?? '');
}

/** `/get-artifact`: what the web interface downloads. */
export async function getRunArtifact(request: HttpRequest): Promise<HttpResult> {
  const path = checkArtifactPath(request.query.path ?? '');
  if (path === '') throw missing('path');
  const { artifact_uri } = await loadRun(runIdOf(request));
  return download(await artifactLocation(`${artifact_uri}/${path}`));
}

function runIdOf({ query }: HttpRequest): string {
  const runId = query.run_id ?? query.run_uuid;
  if (!runId) throw missing('run_id');
  return runId;
}
