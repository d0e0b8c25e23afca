import { type ModelVersion, versionsOfRun } from '../../registry/index.ts';

/**
 * The version of the model that a run made, the newest if there are several: a program may register
 * other models, too.
 */
export async function trainedVersion(
  runId: string,
  model: string,
): Promise<ModelVersion | undefined> {
  const versions = (await versionsOfRun(runId)).filter(({ name }) => name === model);
  return versions.toSorted((a, b) => b.version - a.version)[0];
}
