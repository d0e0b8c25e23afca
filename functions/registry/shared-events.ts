import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

// Of the registry's events those that other domains write, too: their functions need bring no others along.

const source = 'slipway.registry';
/** Characters of a tag's value that its sentence shows. */
const SHOWN_LENGTH = 80;

const subject = (data: { model: string }) => `model:${data.model}`;

export const ModelAliasMoved = defineEvent({
  source,
  type: 'ModelAliasMoved',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    alias: z.string(),
    /** Null: the alias was deleted. */
    version: z.nullable(z.string()),
    /** Null: the alias did not exist. */
    previous_version: z.nullable(z.string()),
    /** What moved it: `request`, `validation`, `promotion:<id>`, `revert:<id>`, `deletion`. */
    cause: z.string(),
  }),
  subject,
  text: ({ model, alias, version, previous_version: previous }) => {
    if (version === null) return `alias ${alias} of ${model} was removed from version ${previous}`;
    if (previous === null) return `alias ${alias} of ${model} was given to version ${version}`;
    return `alias ${alias} of ${model} moved from version ${previous} to ${version}`;
  },
  sample: {
    model: 'flight-delay',
    alias: 'champion',
    version: '3',
    previous_version: '2',
    cause: 'promotion:01K5A0000000000000000000AA',
  },
});

export const ModelTagSet = defineEvent({
  source,
  type: 'ModelTagSet',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    /** Null: a tag of the model itself. */
    version: z.nullable(z.string()),
    key: z.string(),
    /** Like the one before, at most the first 1,000 characters. */
    value: z.string(),
    /** Null: the tag was not there. */
    previous_value: z.optional(z.nullable(z.string())),
  }),
  subject,
  text: ({ model, version, key, value }) => {
    const owner = version === null ? model : `version ${version} of ${model}`;
    return `tag ${key} of ${owner} was set to ${value.slice(0, SHOWN_LENGTH)}`;
  },
  sample: {
    model: 'flight-delay',
    version: '3',
    key: 'owner',
    value: 'ana',
    previous_value: 'ben',
  },
});

export const ModelTagDeleted = defineEvent({
  source,
  type: 'ModelTagDeleted',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    version: z.nullable(z.string()),
    key: z.string(),
    previous_value: z.optional(z.nullable(z.string())),
  }),
  subject,
  text: ({ model, version, key }) =>
    version === null
      ? `tag ${key} of ${model} was deleted`
      : `tag ${key} of version ${version} of ${model} was deleted`,
  sample: { model: 'flight-delay', version: null, key: 'owner', previous_value: 'ana' },
});
