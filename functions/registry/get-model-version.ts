import { invalid } from '../shared/errors.ts';
import { findAlias, getModel, listAliases } from './model-store.ts';
import { locationOf, toWireVersion, versionNumber } from './model-version.ts';
import { getVersion } from './version-store.ts';

/** A version with its aliases, in wire form. */
export async function describeVersion(input: {
  readonly name: string;
  readonly version: string;
}): Promise<object> {
  const number = versionNumber(input.version);
  const [version, aliases] = await Promise.all([
    getVersion(input.name, number),
    listAliases(input.name),
  ]);
  return toWireVersion(version, aliases);
}

/** The version behind an alias; `latest` always names the newest. */
export async function describeVersionByAlias(input: {
  readonly name: string;
  readonly alias: string;
}): Promise<object> {
  const { name, alias } = input;
  const model = await getModel(name);
  const newest = Math.max(...Object.values(model.latest));
  const version =
    alias.toLowerCase() === 'latest' && Number.isFinite(newest)
      ? newest
      : (await findAlias(name, alias))?.version;
  if (version === undefined) throw invalid(`Registered model alias ${alias} not found.`);
  return describeVersion({ name, version: String(version) });
}

/** Where the version's files are. */
export async function downloadUri(input: {
  readonly name: string;
  readonly version: string;
}): Promise<{ artifact_uri: string }> {
  const version = await getVersion(input.name, versionNumber(input.version));
  return { artifact_uri: locationOf(version) };
}
