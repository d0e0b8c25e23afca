import { checkLength, checkName, checkUnique, isLonger } from '../../mlflow/index.ts';
import { UNNAMED } from '../../shared/actor.ts';
import { invalid } from '../../shared/errors.ts';
import { strip } from '../../shared/python-text.ts';
import type { AccessControl } from '../permissions.ts';
import { PROMPT_TEXT_TAG } from '../prompt.ts';
import type { ModelVersion } from '../versions/model-version.ts';
import type { Stage } from '../versions/stages.ts';

export interface Tag {
  readonly key: string;
  readonly value?: string;
}

/** A registered model as its row holds it. */
export interface RegisteredModel {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
  readonly user_id: string;
  /** The user of the last update; absent: the one who made the model. */
  readonly updated_by?: string;
  readonly description?: string;
  readonly deployment_job_id?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** 32 hex digits that stay when the model is renamed; models made by older releases have none. */
  readonly id?: string;
  /** The owner, when it is not the user who made the model. */
  readonly owner?: string;
  /** The permissions of users and groups; absent: everybody may do everything. */
  readonly acl?: readonly AccessControl[];
  /** Highest version number ever given: a deleted version's number is never used again. */
  readonly last_version: number;
  /** Newest version of each stage that has one. */
  readonly latest: Readonly<Partial<Record<Stage, number>>>;
  /** Set while the model is being renamed: the new name; on the row of the new name, the old one. */
  readonly moving_to?: string;
  readonly moving_from?: string;
  /** Raised by every change of `last_version` or `latest`: their optimistic lock. */
  readonly rev: number;
}

export interface Alias {
  readonly alias: string;
  readonly version: number;
}

/** Wire form; what is empty is left out, as MLflow does. */
export function toWireModel(
  model: RegisteredModel,
  aliases: readonly Alias[],
  latest: readonly ModelVersion[],
  wireVersion: (version: ModelVersion) => object,
): object {
  return {
    name: model.name,
    creation_timestamp: model.creation_timestamp,
    last_updated_timestamp: model.last_updated_timestamp,
    ...wireUser(model.user_id),
    ...(model.description && { description: model.description }),
    ...(model.deployment_job_id && { deployment_job_id: model.deployment_job_id }),
    ...(latest.length > 0 && { latest_versions: latest.map(wireVersion) }),
    ...wireTags(model.tags),
    ...(aliases.length > 0 && {
      aliases: aliases.map(({ alias, version }) => ({ alias, version: String(version) })),
    }),
  };
}

/** Who made something; nobody where requests name no user, as in MLflow. */
export const wireUser = (user: string) => (user === UNNAMED ? {} : { user_id: user });

/** Sorted by key: DynamoDB's maps have no order, and equal requests should get equal answers. */
export function wireTags(tags: Readonly<Record<string, string>>): { tags?: Tag[] } {
  const keys = Object.keys(tags).sort();
  const list = keys.map((key) => ({ key, value: tags[key] ?? '' }));
  return list.length > 0 ? { tags: list } : {};
}

export const tagMap = (tags: readonly Tag[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ key, value }) => [key, value ?? '']));

const MAX_NAME_LENGTH = 256;

/** Model names may have levels (`prod.ml.delay`); they stand in URIs, hence no `/` and no `:`. `field`: where it was given. */
export function checkModelName(name: string, field = 'name'): void {
  if (strip(name) === '') throw invalid(`Missing value for required parameter '${field}'.`);
  if (/[/:]/.test(name)) {
    throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  }
  checkUnique(name, 'name');
}

/** A new name, which has a limit, too. */
export function checkNewModelName(name: string, field = 'name'): void {
  checkModelName(name, field);
  if (name.length > MAX_NAME_LENGTH) {
    throw invalid(`Registered model name exceeds the maximum length of ${MAX_NAME_LENGTH}.`);
  }
}

const TAG_KEY_LENGTH = 250;
const TAG_VALUE_LENGTH = 100_000;

/** Limits of tags on models and versions (MLflow's `utils/validation.py`). */
export function checkTag(key: string, value: string): void {
  checkName(key, 'key');
  checkLength(key, TAG_KEY_LENGTH, 'key');
  checkLength(value, TAG_VALUE_LENGTH, 'value');
}

/** The same for a tag of a version, where a prompt's text that is too long is called by its name. */
export function checkVersionTag(key: string, value: string): void {
  if (key === PROMPT_TEXT_TAG && isLonger(value, TAG_VALUE_LENGTH)) {
    throw invalid(`Prompt text exceeds max length of ${TAG_VALUE_LENGTH} characters.`);
  }
  checkTag(key, value);
}
