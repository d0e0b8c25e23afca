import { getItem, key, queryAll, queryPage, type Write } from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';
import { DomainError } from '../../shared/errors.ts';
import { type ModelVersion, modelMissing } from '../versions/model-version.ts';
import { type Alias, checkModelName, type RegisteredModel } from './registered-model.ts';

export const registryTableName = () => requiredEnv('REGISTRY_TABLE');
export const modelKey = (name: string) => ({ pk: key('MODEL', name), sk: 'META' });
export const aliasKey = (name: string, alias: string) => ({
  pk: key('MODEL', name),
  sk: key('ALIAS', alias),
});

export function findModel(name: string): Promise<RegisteredModel | undefined> {
  return getItem<RegisteredModel>(registryTableName(), modelKey(name));
}

/** The model is on its way to another name, which whoever meets it finishes first. */
export class ModelMoving extends DomainError {
  readonly from: string;
  readonly to: string;

  constructor(from: string, to: string) {
    super('REQUEST_LIMIT_EXCEEDED', `Registered Model (name=${from}) is being renamed to ${to}`);
    this.from = from;
    this.to = to;
  }
}

/** The model, or RESOURCE_DOES_NOT_EXIST; `ModelMoving` while it is being renamed. */
export async function getModel(name: string): Promise<RegisteredModel> {
  const model = await findModel(name);
  if (!model) {
    checkModelName(name);
    throw modelMissing(name);
  }
  checkSettled(model);
  return model;
}

/** Throws `ModelMoving` while the model is being renamed. */
export function checkSettled({ name, moving_to, moving_from }: RegisteredModel): void {
  if (moving_to !== undefined) throw new ModelMoving(name, moving_to);
  if (moving_from !== undefined) throw new ModelMoving(moving_from, name);
}

/** Condition of every write of a model's row: it is there, and stays where it is. */
export const SETTLED =
  'attribute_exists(pk) AND attribute_not_exists(moving_to) AND attribute_not_exists(moving_from)';

export function modelPut(model: RegisteredModel): Write {
  return {
    table: registryTableName(),
    put: { ...model, ...modelKey(model.name), kind: 'model' },
    condition: 'attribute_not_exists(pk)',
  };
}

/** Replaces what versions change in the model's row, if nobody else did in the meantime. */
export function modelAdvance(
  model: RegisteredModel,
  change: Partial<Pick<RegisteredModel, 'last_version' | 'latest'>> &
    Required<Pick<RegisteredModel, 'last_updated_timestamp' | 'updated_by'>>,
): Write {
  const next = { ...model, ...change };
  return {
    table: registryTableName(),
    key: modelKey(model.name),
    update:
      'SET last_version = :last, latest = :latest, last_updated_timestamp = :now, updated_by = :by, rev = :next',
    condition: 'rev = :rev',
    values: {
      ':last': next.last_version,
      ':latest': next.latest,
      ':now': next.last_updated_timestamp,
      ':by': next.updated_by,
      ':rev': model.rev,
      ':next': model.rev + 1,
    },
  };
}

export async function listAliases(name: string): Promise<Alias[]> {
  const aliases: Alias[] = [];
  for await (const row of queryAll<Alias>({
    table: registryTableName(),
    condition: 'pk = :pk AND begins_with(sk, :prefix)',
    values: { ':pk': key('MODEL', name), ':prefix': 'ALIAS#' },
  })) {
    aliases.push({ alias: row.alias, version: row.version });
  }
  return aliases;
}

/** The version that an alias names, and the copy of it that the alias' row keeps, if it does. */
export async function findAlias(
  name: string,
  alias: string,
): Promise<(Alias & { readonly copy?: ModelVersion }) | undefined> {
  const row = await getItem<Alias & Partial<ModelVersion>>(
    registryTableName(),
    aliasKey(name, alias),
  );
  if (!row) return undefined;
  const copy = row.source === undefined ? undefined : (row as ModelVersion);
  return { alias: row.alias, version: row.version, ...(copy && { copy }) };
}

/** Models in the order of their names, after a name, by index. */
export async function listModels(after: string | undefined, limit: number) {
  const page = await queryPage<RegisteredModel>({
    table: registryTableName(),
    index: 'byKind',
    condition: after === undefined ? 'kind = :kind' : 'kind = :kind AND #name > :after',
    values: { ':kind': 'model', ...(after !== undefined && { ':after': after }) },
    ...(after !== undefined && { names: { '#name': 'name' } }),
    limit,
  });
  return { models: page.items, more: page.nextKey !== undefined };
}

/** Models whose names begin with a prefix, in the order of their names, after one of them. */
export async function listModelsFrom(prefix: string, after: string | undefined, limit: number) {
  if (prefix === '') return listModels(after, limit);
  const page = await queryPage<RegisteredModel>({
    table: registryTableName(),
    index: 'byKind',
    condition: 'kind = :kind AND begins_with(#name, :prefix)',
    names: { '#name': 'name' },
    values: { ':kind': 'model', ':prefix': prefix },
    limit,
    ...(after !== undefined && {
      startKey: { ...modelKey(after), kind: 'model', name: after },
    }),
  });
  return { models: page.items, more: page.nextKey !== undefined };
}

const idKey = (id: string) => ({ pk: key('MODELID', id), sk: 'META' });

/** That an id is this model's. */
export const idPuts = ({ id, name }: Pick<RegisteredModel, 'id' | 'name'>): Write[] =>
  id === undefined ? [] : [{ table: registryTableName(), put: { ...idKey(id), name } }];

export const idDeletes = ({ id }: Pick<RegisteredModel, 'id'>): Write[] =>
  id === undefined ? [] : [{ table: registryTableName(), delete: idKey(id) }];

/** The name of an id's model; undefined once that is deleted. */
export async function findNameOfId(id: string): Promise<string | undefined> {
  return (await getItem<{ name: string }>(registryTableName(), idKey(id)))?.name;
}

/** The model of an id; models without one have their name for it. */
export async function getModelById(id: string): Promise<RegisteredModel> {
  return getModel((await findNameOfId(id)) ?? id);
}
