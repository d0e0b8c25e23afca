import { posix } from 'node:path';
import {
  decodeBody,
  messages,
  missing,
  requiredString,
  rounded64,
  string,
} from '../mlflow/index.ts';
import { invalid } from '../shared/errors.ts';
import type { HttpRequest } from '../shared/http/api.ts';
import { type ArtifactLocation, proxyLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { abortUpload, completeUpload, createUpload } from './multipart-store.ts';

/**
 * Addresses of parts that one answer holds: each has up to 1.8 KB on AWS, where session tokens are part
 * of it, and an answer at most 6 MB. 30 GB with the client's parts of 10 MB.
 */
const MAX_PARTS = 3000;

/** `mpu/create`: an address for each part of a file, to which the client sends it past the gateway. */
export async function createMultipartUpload(request: HttpRequest): Promise<object> {
  const { path, num_parts = 0 } = decodeBody(request.body, FIELDS.create);
  if (num_parts < 1 || num_parts > MAX_PARTS) {
    throw invalid(
      `Invalid value ${num_parts} for parameter 'num_parts' supplied: a file has 1 to ${MAX_PARTS} ` +
        'parts; larger ones are chosen with MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE',
    );
  }
  return createUpload(destination(request, path), num_parts);
}

/** `mpu/complete`: the file is there, whole, or not at all. */
export async function completeMultipartUpload(request: HttpRequest): Promise<object> {
  const { path, upload_id = '', parts } = decodeBody(request.body, FIELDS.complete);
  if (parts.length === 0) throw missing('parts');
  await completeUpload(destination(request, path), upload_id, parts);
  return {};
}

/** `mpu/abort`. */
export async function abortMultipartUpload(request: HttpRequest): Promise<object> {
  const { path, upload_id = '' } = decodeBody(request.body, FIELDS.abort);
  await abortUpload(destination(request, path), upload_id);
  return {};
}

const FIELDS = {
  create: { path: requiredString, num_parts: rounded64 },
  complete: {
    path: requiredString,
    upload_id: string,
    parts: messages({
      part_number: { ...rounded64, required: true },
      etag: requiredString,
      url: string,
    }),
  },
  abort: { path: requiredString, upload_id: string },
} as const;

/** The request's path is the folder; of the client's own path only the last name counts. */
function destination(request: HttpRequest, localPath: string): ArtifactLocation {
  const folder = checkArtifactPath(request.params.path ?? '');
  const name = checkArtifactPath(posix.basename(localPath.replaceAll('\\', '/')));
  if (name === '') throw invalid('Invalid path');
  return proxyLocation(posix.join(folder, name));
}
