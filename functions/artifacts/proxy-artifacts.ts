import { invalid } from '../shared/errors.ts';
import type { HttpRequest, HttpResult } from '../shared/http/api.ts';
import { type ArtifactLocation, proxyLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { deleteTree, listFolder, presignedUpload, putFile } from './artifact-store.ts';
import { checkDigest } from './check-digest.ts';
import { download } from './download.ts';

/** The artifact proxy that `mlflow-artifacts:/` addresses lead to. */
export async function downloadArtifact(request: HttpRequest): Promise<HttpResult> {
  return download(proxyLocation(filePath(request)));
}

/**
 * Header by which the front door announces an upload of so many bytes. A body that is too large for a function
 * is redirected to the bucket, to an address that takes exactly that many bytes.
 */
const UPLOAD_LENGTH = 'slipway-upload-length';

/** Bytes that one PUT to a bucket may have. */
const MAX_SINGLE_PUT = 5 * 1024 ** 3;

/** Seconds in which a redirected upload must begin. */
const REDIRECTED_SECONDS = 900;

export async function uploadArtifact(request: HttpRequest): Promise<object> {
  const location = proxyLocation(filePath(request));
  const waiting = request.headers[UPLOAD_LENGTH];
  if (waiting !== undefined) return redirectUpload(location, waiting);
  checkDigest(request);
  await putFile(location, request.body, request.headers['content-type']);
  return {};
}

async function redirectUpload(location: ArtifactLocation, waiting: string): Promise<HttpResult> {
  const length = /^\d{1,15}$/.test(waiting) ? Number(waiting) : Number.NaN;
  if (!(length <= MAX_SINGLE_PUT)) {
    throw invalid(
      'A file of more than 5 GB is uploaded in parts: set MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD=true',
    );
  }
  const address = await presignedUpload(location, { expiresIn: REDIRECTED_SECONDS, length });
  return { statusCode: 307, headers: { location: address }, body: '' };
}

export async function deleteArtifacts(request: HttpRequest): Promise<object> {
  await deleteTree(proxyLocation(requestPath(request)));
  return {};
}

export async function listProxiedArtifacts(request: HttpRequest): Promise<object> {
  const path = checkArtifactPath(request.query.path ?? '');
  const files = await listFolder(proxyLocation(path));
  return files.length > 0 ? { files } : {};
}

/** The path of a file. Throws for a path that ends in a slash, which would be a folder. */
function filePath(request: HttpRequest): string {
  if (request.params.path?.endsWith('/')) throw invalid('Invalid path');
  return requestPath(request);
}

function requestPath(request: HttpRequest): string {
  const path = checkArtifactPath(request.params.path ?? '');
  if (path === '') throw invalid('Invalid path');
  return path;
}
