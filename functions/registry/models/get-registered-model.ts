import { toListedVersion } from '../versions/model-version.ts';
import { STAGES } from '../versions/stages.ts';
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
