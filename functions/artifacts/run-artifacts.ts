import { missing } from '../mlflow/index.ts';
import type { HttpRequest, HttpResult } from '../shared/http/api.ts';
import { loadRun } from '../tracking/index.ts';
import { artifactLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { getFile, listFolder } from './artifact-store.ts';
import { fileResult } from './proxy-artifacts.ts';

/** `artifacts/list`: paths are relative to the run's artifact root. */
export async function listRunArtifacts(request: HttpRequest): Promise<object> {
  const run = await loadRun(runIdOf(request));
  const path = checkArtifactPath(request.query.path ?? '');
  const uri = path ? `${run.artifact_uri}/${path}` : run.artifact_uri;
  const files = await listFolder(await artifactLocation(uri));
  return {
    root_uri: run.artifact_uri,
    files: files.map((file) => (path ? { ...file, path: `${path}/${file.path}` } : file)),
  };
}

/** `/get-artifact`: what the web interface downloads. */
export async function getRunArtifact(request: HttpRequest): Promise<HttpResult> {
  const run = await loadRun(runIdOf(request));
  const path = checkArtifactPath(request.query.path ?? '');
  if (path === '') throw missing('path');
  return fileResult(path, await getFile(await artifactLocation(`${run.artifact_uri}/${path}`)));
}

function runIdOf(request: HttpRequest): string {
  const runId = request.query.run_id ?? request.query.run_uuid;
  if (!runId) throw missing('run_id');
  return runId;
}
