import { getModelVersion, getVersionByAlias, type ModelVersion } from '../registry/index.ts';

/** The champion of a version's model, unless it is the version itself. */
export async function championOf(version: ModelVersion): Promise<ModelVersion | undefined> {
  const champion = await getVersionByAlias(version.name, 'champion');
  if (champion === undefined || champion === String(version.version)) return undefined;
  return getModelVersion(version.name, champion);
}
