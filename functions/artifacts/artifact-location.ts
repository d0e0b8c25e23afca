import { loadModel } from '../logged-models/index.ts';
import { requiredEnv } from '../shared/env.ts';
import { invalid, notFound } from '../shared/errors.ts';
import { findRun } from '../tracking/index.ts';

/** Where an artifact lies in S3. */
export interface ArtifactLocation {
  readonly bucket: string;
  readonly key: string;
}

/** Everything under `mlflow-artifacts:/` has this prefix in the bucket. */
const PROXY_PREFIX = 'mlflow-artifacts/';

export const proxyLocation = (path: string): ArtifactLocation => ({
  bucket: requiredEnv('ARTIFACTS_BUCKET'),
  key: PROXY_PREFIX + path,
});

const LOGGED_MODEL = /^models:\/+(m-[^/]+)(\/.*)?$/;

/**
 * A file system that clients write to is known here as the part `files/` of the bucket: whoever mounts
 * the bucket there sees the same files. No other file can be reached.
 */
function fileLocation(path: string): ArtifactLocation {
  return { bucket: requiredEnv('ARTIFACTS_BUCKET'), key: `files/${decoded(path)}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Where an artifact address leads: `mlflow-artifacts:/…`, `runs:/<run id>/…`, `models:/<model id>/…`
 * `s3://…` or `file:///…`. Throws RESOURCE_DOES_NOT_EXIST for an unknown run or logged model.
 */
export async function artifactLocation(uri: string): Promise<ArtifactLocation> {
  const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(uri)?.[1];
  if (proxied !== undefined) return proxyLocation(proxied);
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
  if (bucket !== undefined && key !== undefined) return { bucket, key };
  const [, modelId, inModel = ''] = LOGGED_MODEL.exec(uri) ?? [];
  if (modelId !== undefined) {
    return artifactLocation((await loadModel(modelId)).artifact_uri + inModel);
  }
  const filePath = /^file:(?:\/\/(?:localhost)?)?\/(?!\/)(.+)$/i.exec(uri)?.[1];
  if (filePath !== undefined) return fileLocation(filePath);
  const [, runId, path] = /^runs:\/+([^/]+)\/(.*)$/.exec(uri) ?? [];
  if (runId === undefined) throw invalid(`'${uri}' is no artifact address that can be read here`);
  const run = await findRun(runId);
  if (!run) throw notFound(`Run with id=${runId} not found`);
  return artifactLocation(`${run.artifact_uri}/${path}`);
}
