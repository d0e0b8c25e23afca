import { missing } from '../mlflow/index.ts';
import { downloadUri } from '../registry/index.ts';
import { invalid } from '../shared/errors.ts';
import type { HttpRequest, HttpResult } from '../shared/http/api.ts';
import { artifactLocation } from './artifact-location.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { download } from './download.ts';

/** `/model-versions/get-artifact`: a file of a registered version. */
export async function getVersionArtifact({ query }: HttpRequest): Promise<HttpResult> {
  const { name = '', version = '' } = query;
  if (query.path === undefined) throw missing('path');
  const path = checkArtifactPath(query.path);
  if (name === '') throw invalid("Missing value for required parameter 'name'.");
  const { artifact_uri } = await downloadUri({ name, version });
  if (path === '') throw missing('path');
  return download(await artifactLocation(`${artifact_uri}/${path}`));
}
