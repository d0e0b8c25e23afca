import { anyInteger } from '../../mlflow/index.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import { strip } from '../../shared/python-text.ts';
import { wireTags, wireUser } from '../models/registered-model.ts';
import type { Stage } from './stages.ts';

/** A version as its row holds it. */
export interface ModelVersion {
  readonly name: string;
  readonly version: number;
  /** Epoch milliseconds. */
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
  readonly user_id: string;
  /** Who changed it at the time when it was last updated; absent: who made it. */
  readonly updated_by?: string;
  readonly current_stage: Stage;
  /** Null: an update named none. */
  readonly description?: string | null;
  readonly source: string;
  /** Where the files are when the source names another model. */
  readonly storage_location?: string;
  /** Id of the registered model that the source names: its name may change. */
  readonly source_model?: string;
  readonly run_id?: string;
  readonly run_link?: string;
  readonly model_id?: string;
  /** How often the row was changed. */
  readonly changes?: number;
  /** How often an alias came or went. */
  readonly alias_moves?: number;
  readonly status: 'READY';
  readonly tags: Readonly<Record<string, string>>;
}

/** Address of the version's files. */
export const locationOf = ({ storage_location, source }: ModelVersion): string =>
  storage_location ?? source;

/**
 * A version's row has an attribute for each alias that names it, written with the alias: a version is
 * shown by reading its row alone. The alias' row keeps a copy of the version's, attributes included, which
 * every change writes with it (`change-version.ts`): what is asked by alias is one row, too.
 */
export const aliasAttribute = (alias: string) => `alias:${alias}`;

const ALIAS_ATTRIBUTE = aliasAttribute('');

/** The aliases that name a version. */
export const aliasesOf = (version: ModelVersion): string[] =>
  Object.keys(version)
    .filter((attribute) => attribute.startsWith(ALIAS_ATTRIBUTE))
    .map((attribute) => attribute.slice(ALIAS_ATTRIBUTE.length))
    .sort();

/** Wire form, with the aliases that name the version; MLflow's server keeps no logged model of a version. */
export function toWireVersion(version: ModelVersion): object {
  const aliases = aliasesOf(version);
  return {
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.creation_timestamp,
    last_updated_timestamp: version.last_updated_timestamp,
    ...wireUser(version.user_id),
    current_stage: version.current_stage,
    // MLflow's server stores an empty text where none was given.
    ...(version.description !== null && { description: version.description ?? '' }),
    source: version.source,
    run_id: version.run_id ?? '',
    status: version.status,
    run_link: version.run_link ?? '',
    ...wireTags(version.tags),
    ...(aliases.length > 0 && { aliases }),
  };
}

/** As in searches and in a model's newest versions: MLflow tells the aliases elsewhere. */
export const toListedVersion = (version: ModelVersion): object => ({
  ...toWireVersion(version),
  aliases: undefined,
});

/** Characters of a version's number: none has as many. */
const MAX_DIGITS = 100;

/** The number of a version given as text, as Python reads it: with blanks around, in digits of any script. */
export function versionNumber(version: string | number): number {
  const text = strip(String(version));
  const number = text.length <= MAX_DIGITS ? anyInteger(text) : undefined;
  if (number !== undefined) return Number(number);
  throw invalid(`Parameter 'version' must be an integer, got '${version}'.`);
}

export const versionMissing = (name: string, version: string | number) =>
  notFound(`Model Version (name=${name}, version=${version}) not found`);

export const modelMissing = (name: string) =>
  notFound(`Registered Model with name=${name} not found`);
