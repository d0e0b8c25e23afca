import { invalid } from '../shared/errors.ts';
import type { HttpRequest, HttpResult } from '../shared/http/api.ts';
import { proxyLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { deleteTree, getFile, listFolder, putFile } from './artifact-store.ts';

/** The artifact proxy that `mlflow-artifacts:/` addresses lead to. */
export async function downloadArtifact(request: HttpRequest): Promise<HttpResult> {
  const path = requestPath(request);
  return fileResult(path, await getFile(proxyLocation(path)));
}

export async function uploadArtifact(request: HttpRequest): Promise<object> {
  const path = requestPath(request);
  await putFile(proxyLocation(path), request.body, request.headers['content-type']);
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

/** A file as a download: never rendered by a browser, whatever it holds. */
export function fileResult(path: string, content: Buffer): HttpResult {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    statusCode: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      'x-content-type-options': 'nosniff',
    },
    body: content.toString('base64'),
    isBase64Encoded: true,
  };
}
