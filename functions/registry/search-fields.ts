import type { SearchFields } from '../search/index.ts';

const tags = { name: 'tag', kind: 'string' } as const;

/** What `registered-models/search` knows; MLflow also orders by `timestamp`. */
export const MODEL_FIELDS: SearchFields = {
  entities: { tags, tag: tags },
  attributeNames: ['attribute', 'attributes', 'attr'],
  attributes: {
    name: 'string',
    last_updated_timestamp: 'number',
    creation_timestamp: 'number',
  },
  aliases: { timestamp: 'last_updated_timestamp' },
};

/** What `model-versions/search` knows. */
export const VERSION_FIELDS: SearchFields = {
  entities: { tags, tag: tags },
  attributeNames: ['attribute', 'attributes', 'attr'],
  attributes: {
    name: 'string',
    version_number: 'number',
    run_id: 'string',
    source_path: 'string',
    last_updated_timestamp: 'number',
    creation_timestamp: 'number',
  },
};
