import { type ModelVersion, toListedVersion, toWireVersion } from '../versions/model-version.ts';
import { canonicalStage, STAGES } from '../versions/stages.ts';
import { getVersions } from '../versions/version-store.ts';
import { getModel, listAliases } from './model-store.ts';
import { type RegisteredModel, toWireModel } from './registered-model.ts';

/** Models with their aliases and the newest version of each stage, in wire form. */
export async function describeModels(models: readonly RegisteredModel[]): Promise<object[]> {
  const keys = models.flatMap(({ name, latest }) =>
    Object.values(latest).map((version) => ({ name, version })),
  );
  const [aliases, versions] = await Promise.all([
    Promise.all(models.map(({ name }) => listAliases(name))),
    getVersions(keys),
  ]);
  const found = new Map(versions.map((version) => [idOf(version), version]));
  return models.map((model, i) => {
    const newest = STAGES.flatMap((stage) => {
      const version = model.latest[stage];
      return (version !== undefined && found.get(idOf({ name: model.name, version }))) || [];
    });
    return toWireModel(model, aliases[i] ?? [], newest, toListedVersion);
  });
}

const idOf = ({ name, version }: { readonly name: string; readonly version: number }) =>
  `${version} ${name}`;

export async function describeModel(model: RegisteredModel): Promise<object> {
  const [described = {}] = await describeModels([model]);
  return described;
}

export async function getRegisteredModel(input: { readonly name: string }): Promise<object> {
  return describeModel(await getModel(input.name));
}

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
