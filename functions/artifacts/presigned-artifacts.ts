import { loadModel } from '../logged-models/index.ts';
import { decodeBody, missing, rounded64, string } from '../mlflow/index.ts';
import { DomainError, invalid } from '../shared/errors.ts';
import type { HttpRequest } from '../shared/http/api.ts';
import { loadRun } from '../tracking/index.ts';
import { artifactLocation, proxyLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { fileSize, presignedDownload, presignedUpload } from './artifact-store.ts';
import { contentType } from './content-type.ts';
import { disposition } from './download.ts';
import { OWNER } from './guard-operations.ts';

/** Longest validity of a presigned address, in seconds: seven days (SigV4). */
const MAX_EXPIRATION_SECONDS = 604_800;

/** `presigned/<path>`: where a file of the proxy can be fetched in ranges, past the gateway. */
export async function getPresignedDownload(request: HttpRequest): Promise<object> {
  const path = checkArtifactPath(request.params.path ?? '');
  if (path === '') throw invalid('Invalid path');
  const location = proxyLocation(path);
  const file_size = await fileSize(location);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const url = await presignedDownload(location, contentType(name), disposition(name));
  return { url, headers: {}, file_size };
}

/**
 * `artifacts/presigned-upload-url`: for runs and logged models whose artifacts lie in a bucket that their clients
 * know. Proxied ones use the multipart endpoints; MLflow refuses them here with this message.
 */
export async function createPresignedUploadUrl(request: HttpRequest): Promise<object> {
  const { location, expiration } = await directLocation(request, 'upload');
  return { presigned_url: await presignedUpload(location, { expiresIn: expiration }) };
}

/**
 * `artifacts/presigned-download-url`, which interfaces of later releases ask for before they download: where it is
 * refused they go through the server.
 */
export async function createPresignedDownloadUrl(request: HttpRequest): Promise<object> {
  const { location, expiration } = await directLocation(request, 'download');
  const file_size = await fileSize(location);
  const name = location.key.slice(location.key.lastIndexOf('/') + 1);
  const type = contentType(name);
  const url = await presignedDownload(location, type, disposition(name), expiration);
  return { presigned_url: url, file_size };
}

/** Where a file lies that a client may reach past the server, and how long it wants to. */
async function directLocation(request: HttpRequest, what: 'upload' | 'download') {
  const { run_id, model_id, path, expiration = 900 } = decodeBody(request.body, FIELDS);
  if (!run_id && !model_id) throw missing('run_id');
  if (!path) throw missing('path');
  const checked = checkArtifactPath(path);
  if (expiration < 1 || expiration > MAX_EXPIRATION_SECONDS) {
    throw invalid(`Invalid value ${expiration} for parameter 'expiration' supplied`);
  }
  const { artifact_uri } = run_id ? await loadRun(run_id) : await loadModel(model_id ?? '');
  const scheme = artifact_uri.slice(0, artifact_uri.indexOf(':'));
  if (['http', 'https', 'mlflow-artifacts'].includes(scheme)) {
    throw invalid(
      `Presigned ${what} is not supported for runs with proxied artifact storage (artifact URI ` +
        `scheme: ${scheme}). This endpoint requires a run with a direct cloud storage artifact URI.`,
    );
  }
  if (scheme !== 's3') {
    throw new DomainError(
      'NOT_IMPLEMENTED',
      `Presigned ${what} is not supported for the current artifact repository`,
    );
  }
  return { location: await artifactLocation(`${artifact_uri}/${checked}`), expiration };
}

const FIELDS = { ...OWNER, path: string, expiration: rounded64 } as const;
