import { getModel } from '../models/model-store.ts';
import type { RegisteredModel } from '../models/registered-model.ts';
import { type ModelVersion, toWireVersion } from './model-version.ts';
import { canonicalStage, STAGES } from './stages.ts';
import { getVersions } from './version-store.ts';

/** Newest version of each stage asked for, without any of every stage, in the order of their numbers. */
export async function getLatestVersions(input: {
  readonly name: string;
  readonly stages?: readonly string[];
}): Promise<object[]> {
  const model = await getModel(input.name);
  return (await latestOf(model, input.stages)).map(toWireVersion);
}

async function latestOf(
  model: RegisteredModel,
  wanted: readonly string[] = [],
): Promise<ModelVersion[]> {
  const stages = wanted.length > 0 ? [...new Set(wanted.map(canonicalStage))] : STAGES;
  const numbers = stages.flatMap((stage) => model.latest[stage] ?? []).sort((a, b) => a - b);
  const found = new Map(
    (await getVersions(numbers.map((version) => ({ name: model.name, version })))).map(
      (version) => [version.version, version],
    ),
  );
  return numbers.flatMap((number) => found.get(number) ?? []);
}
