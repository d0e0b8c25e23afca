import { locationOf, type ModelVersion } from '../registry/index.ts';
import { isPython, parseMlModel } from './ml-model.ts';
import { modelLocation, readFile } from './model-files-store.ts';
import type { Location } from './python-model.ts';

/**
 * Where those of the versions lie that Python scores: they need an environment. What cannot be read is
 * left out; whoever loads it says why.
 */
export async function pythonLocations(
  versions: readonly (ModelVersion | undefined)[],
): Promise<Location[]> {
  const found = await Promise.all(versions.map(pythonLocation));
  return found.flatMap((location) => location ?? []);
}

async function pythonLocation(version: ModelVersion | undefined): Promise<Location | undefined> {
  if (!version) return undefined;
  try {
    const location = await modelLocation(locationOf(version));
    const text = await readFile(location.bucket, `${location.key}/MLmodel`);
    return text && isPython(parseMlModel(text.toString('utf8'))) ? location : undefined;
  } catch {
    return undefined;
  }
}
