import { loadModel } from '../logged-models/index.ts';
import { DomainError } from '../shared/errors.ts';
import type { HttpRequest, HttpResult } from '../shared/http/api.ts';
import { artifactLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { download } from './download.ts';
import { listBelow } from './list-files.ts';

/** Files of a logged model; paths are relative to its artifact root. */
export async function listModelArtifacts({ query, params }: HttpRequest): Promise<object> {
  const path = checkArtifactPath(query.artifact_directory_path ?? '');
  const { artifact_uri } = await loadModel(params.model_id ?? '');
  return listBelow(artifact_uri, path);
}

/** A file of a logged model, which the web interface shows. */
export async function getModelArtifact({ query, params }: HttpRequest): Promise<HttpResult> {
  const path = checkArtifactPath(query.artifact_file_path ?? '');
  if (path === '') {
    throw new DomainError(
      'BAD_REQUEST',
      'Request must include the "artifact_file_path" query parameter.',
    );
  }
  const { artifact_uri } = await loadModel(params.model_id ?? '');
  return download(await artifactLocation(`${artifact_uri}/${path}`));
}
