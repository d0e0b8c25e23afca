import { decodeBody, requiredRunId, requiredString, rounded64 } from '../mlflow/index.ts';
import { DomainError, invalid } from '../shared/errors.ts';
import type { HttpRequest } from '../shared/http/api.ts';
import { loadRun } from '../tracking/index.ts';
import { artifactLocation, proxyLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { fileSize, presignedDownload, presignedUpload } from './artifact-store.ts';
import { contentType } from './content-type.ts';
import { disposition } from './download.ts';

/** Longest validity of a presigned address, in seconds: seven days (SigV4). */
const MAX_EXPIRATION = 604_800;

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
 * `artifacts/presigned-upload-url`: for runs whose artifacts lie in a bucket that their clients know.
 * Proxied ones use the multipart endpoints; MLflow refuses them here with this message.
 */
export async function createPresignedUploadUrl(request: HttpRequest): Promise<object> {
  const { run_id, path, expiration = 900 } = decodeBody(request.body, FIELDS);
  const checked = checkArtifactPath(path);
  if (expiration < 1 || expiration > MAX_EXPIRATION) {
    throw invalid(`Invalid value ${expiration} for parameter 'expiration' supplied`);
  }
  const { artifact_uri } = await loadRun(run_id);
  const scheme = artifact_uri.slice(0, artifact_uri.indexOf(':'));
  if (['http', 'https', 'mlflow-artifacts'].includes(scheme)) {
    throw invalid(
      'Presigned upload is not supported for runs with proxied artifact storage (artifact URI ' +
        `scheme: ${scheme}). This endpoint requires a run with a direct cloud storage artifact URI.`,
    );
  }
  if (scheme !== 's3') {
    throw new DomainError(
      'NOT_IMPLEMENTED',
      'Presigned upload is not supported for the current artifact repository',
    );
  }
  const location = await artifactLocation(`${artifact_uri}/${checked}`);
  return { presigned_url: await presignedUpload(location, { expiresIn: expiration }) };
}

const FIELDS = { run_id: requiredRunId, path: requiredString, expiration: rounded64 } as const;
