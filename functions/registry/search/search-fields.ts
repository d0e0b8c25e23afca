import type { SearchFields } from '../../search/index.ts';

const tags = { name: 'tag', kind: 'string' } as const;

/** What filters of `registered-models/search` know. */
export const MODEL_FIELDS: SearchFields = {
  entities: { tags, tag: tags },
  attributeNames: ['attribute'],
  attributes: { name: 'string' },
  listAttributes: [],
  nullable: [],
  plainEntities: true,
  plainKeys: 'attributes',
};

/** What `registered-models/search` may be ordered by. */
export const MODEL_ORDER_FIELDS: SearchFields = {
  entities: {},
  attributeNames: [],
  attributes: { name: 'string', last_updated_timestamp: 'number' },
  aliases: { timestamp: 'last_updated_timestamp' },
  orderKeys: ['name', 'last_updated_timestamp', 'timestamp'],
};

/** What filters of `model-versions/search` know. */
export const VERSION_FIELDS: SearchFields = {
  entities: { tags, tag: tags },
  attributeNames: ['attribute'],
  attributes: {
    name: 'string',
    version_number: 'number',
    run_id: 'string',
    source_path: 'string',
  },
  listAttributes: ['run_id'],
  nullable: [],
  textOperators: ['=', '!=', 'LIKE', 'ILIKE', 'IN'],
  quotedNumbers: true,
  plainEntities: true,
  plainKeys: 'attributes',
};

/** What `model-versions/search` may be ordered by. */
export const VERSION_ORDER_FIELDS: SearchFields = {
  entities: {},
  attributeNames: ['attribute'],
  attributes: {
    name: 'string',
    version_number: 'number',
    last_updated_timestamp: 'number',
    creation_timestamp: 'number',
  },
  plainEntities: true,
};
