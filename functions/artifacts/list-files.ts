import { loadRun } from '../tracking/index.ts';
import { checkArtifactPath } from './artifact-path.ts';
import { listArtifacts } from './artifact-store.ts';

/** Files of a run below a folder, as `artifacts/list` answers. */
export async function listRunFiles(runId: string, path: string): Promise<object> {
  const checked = checkArtifactPath(path);
  const { artifact_uri } = await loadRun(runId);
  return listBelow(artifact_uri, checked);
}

/** Files and folders directly below a folder of an artifact root; paths are relative to the root. */
export async function listBelow(root_uri: string, path: string): Promise<object> {
  const files = await listArtifacts(path ? `${root_uri}/${path}` : root_uri);
  const inRoot = files.map((file) => (path ? { ...file, path: `${path}/${file.path}` } : file));
  return { root_uri, ...(inRoot.length > 0 && { files: inRoot }) };
}
