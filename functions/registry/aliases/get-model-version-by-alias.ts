import { invalid, notFound } from '../../shared/errors.ts';
import { findAlias, getModel } from '../models/model-store.ts';
import { checkModelName } from '../models/registered-model.ts';
import { describeVersion } from '../versions/get-model-version.ts';
import { toWireVersion } from '../versions/model-version.ts';
import { checkAliasName, isLatest } from './alias.ts';

/** The version behind an alias; `latest` always names the newest. */
export async function describeVersionByAlias(input: {
  readonly name: string;
  readonly alias: string;
}): Promise<object> {
  const { name, alias } = input;
  checkModelName(name);
  checkAliasName(alias);
  const latest = isLatest(alias);
  const found = latest ? undefined : await findAlias(name, alias);
  if (found?.copy) return toWireVersion(found.copy);
  const version = latest ? await newestVersion(name) : found?.version;
  if (version === undefined) {
    await getModel(name);
    if (latest) throw notFound(`Latest version not found for model ${name}.`);
    throw invalid(`Registered model alias ${alias} not found.`);
  }
  return describeVersion({ name, version: String(version) });
}

async function newestVersion(name: string): Promise<number | undefined> {
  const numbers = Object.values((await getModel(name)).latest);
  return numbers.length > 0 ? Math.max(...numbers) : undefined;
}
