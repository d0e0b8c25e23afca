import { invalid } from '../shared/errors.ts';
import type { HttpRequest, HttpResult } from '../shared/http/api.ts';
import { proxyLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { deleteTree, listFolder, putFile } from './artifact-store.ts';
import { download } from './download.ts';

/** The artifact proxy that `mlflow-artifacts:/` addresses lead to. */
export async function downloadArtifact(request: HttpRequest): Promise<HttpResult> {
  return download(proxyLocation(requestPath(request)));
}

export async function uploadArtifact(request: HttpRequest): Promise<object> {
  const location = proxyLocation(requestPath(request));
  await putFile(location, request.body, request.headers['content-type']);
  return {};
}

export async function deleteArtifacts(request: HttpRequest): Promise<object> {
  await deleteTree(proxyLocation(requestPath(request)));
  return {};
}

export async function listProxiedArtifacts(request: HttpRequest): Promise<object> {
  const path = checkArtifactPath(request.query.path ?? '');
  return { files: await listFolder(proxyLocation(path)) };
}

function requestPath(request: HttpRequest): string {
  const path = checkArtifactPath(request.params.path ?? '');
  if (path === '') throw invalid('Invalid path');
  return path;
}
