import { getModel, listAliases } from './model-store.ts';
import { type ModelVersion, toWireVersion } from './model-version.ts';
import { type RegisteredModel, toWireModel } from './registered-model.ts';
import { canonicalStage, STAGES } from './stages.ts';
import { getVersions } from './version-store.ts';

/** The model with its aliases and the newest version of each stage, in wire form. */
export async function describeModel(model: RegisteredModel): Promise<object> {
  const [aliases, latest] = await Promise.all([listAliases(model.name), latestOf(model)]);
  return toWireModel(model, aliases, latest, toWireVersion);
}

export async function getRegisteredModel(input: { readonly name: string }): Promise<object> {
  return describeModel(await getModel(input.name));
}

/** Newest version per stage, in the order of the stages asked for; without any, of every stage. */
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
  const numbers = stages.flatMap((stage) => model.latest[stage] ?? []);
  const found = new Map(
    (await getVersions(model.name, numbers)).map((version) => [version.version, version]),
  );
  return numbers.flatMap((number) => found.get(number) ?? []);
}
