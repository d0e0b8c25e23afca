import { fromPageToken, toPageToken } from '../../mlflow/index.ts';
import { invalid } from '../../shared/errors.ts';
import { getModel, listModelsFrom } from '../models/model-store.ts';
import { listVersionsBelow } from '../versions/version-store.ts';
import { levelsOf, wireModel, wireUnityVersion } from './wire.ts';

const STANDARD_SIZE = 100;
const MAX_SIZE = 1000;

function limitOf(given: number | undefined): number {
  // Databricks: 0 asks for the standard size, more than the largest for the largest.
  if (given === undefined || given === 0) return STANDARD_SIZE;
  if (given < 0) throw invalid(`max_results must not be negative, got ${given}`);
  return Math.min(given, MAX_SIZE);
}

/** Models with three-level names, in the order of their names; of one catalog or schema if named. */
export async function listUnityModels(input: {
  readonly catalog_name?: string;
  readonly schema_name?: string;
  readonly max_results?: number;
  readonly page_token?: string;
}): Promise<object> {
  const limit = limitOf(input.max_results);
  const { catalog_name: catalog, schema_name: schema } = input;
  if (schema && !catalog) throw invalid('schema_name needs a catalog_name');
  const prefix = catalog ? `${catalog}.${schema ? `${schema}.` : ''}` : '';
  let after = fromPageToken<{ name: string }>(input.page_token)?.name;
  const found: object[] = [];
  for (;;) {
    const { models, more } = await listModelsFrom(prefix, after, limit - found.length);
    found.push(...models.filter(({ name }) => levelsOf(name)).map((model) => wireModel(model)));
    after = models.at(-1)?.name;
    if (!more || after === undefined) return { registered_models: found };
    if (found.length >= limit) {
      return { registered_models: found, next_page_token: toPageToken({ name: after }) };
    }
  }
}

/** Versions of a model, the newest first. */
export async function listUnityVersions(input: {
  readonly full_name: string;
  readonly max_results?: number;
  readonly page_token?: string;
}): Promise<object> {
  const limit = limitOf(input.max_results);
  const below = fromPageToken<{ version: number }>(input.page_token)?.version;
  await getModel(input.full_name);
  const { versions, more } = await listVersionsBelow(input.full_name, below, limit);
  const last = versions.at(-1);
  return {
    model_versions: versions.map(wireUnityVersion),
    ...(more && last && { next_page_token: toPageToken({ version: last.version }) }),
  };
}
