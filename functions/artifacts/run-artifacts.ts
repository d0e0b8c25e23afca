import { missing } from '../mlflow/index.ts';
import type { HttpRequest, HttpResult } from '../shared/http/api.ts';
import { loadRun } from '../tracking/index.ts';
import { artifactLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { listArtifacts } from './artifact-store.ts';
import { download } from './download.ts';

/** `artifacts/list`: paths are relative to the run's artifact root. */
export async function listRunArtifacts(request: HttpRequest): Promise<object> {
  const path = checkArtifactPath(request.query.path ?? '');
  const { artifact_uri } = await loadRun(runIdOf(request));
  return listBelow(artifact_uri, path);
}

/** What lies directly below a folder of an artifact root, with paths from the root on. */
export async function listBelow(root_uri: string, path: string): Promise<object> {
  const files = await listArtifacts(path ? `${root_uri}/${path}` : root_uri);
  const inRoot = files.map((file) => (path ? { ...file, path: `${path}/${file.path}` } : file));
  return { root_uri, ...(inRoot.length > 0 && { files: inRoot }) };
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
