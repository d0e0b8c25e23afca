import type { SearchFields } from '../../search/index.ts';

const metric = { name: 'metric', kind: 'number' } as const;
const parameter = { name: 'parameter', kind: 'string' } as const;
const tag = { name: 'tag', kind: 'string' } as const;
const dataset = {
  name: 'dataset',
  kind: 'string',
  keys: ['name', 'digest', 'context'],
} as const;

/** Fields of `runs/search`. */
export const RUN_FIELDS: SearchFields = {
  entities: {
    metrics: metric,
    metric,
    params: parameter,
    param: parameter,
    parameters: parameter,
    parameter,
    tags: tag,
    tag,
    datasets: dataset,
    dataset,
  },
  attributeNames: ['attributes', 'attribute', 'attr', 'run'],
  attributes: {
    run_id: 'string',
    run_name: 'string',
    user_id: 'string',
    status: 'string',
    artifact_uri: 'string',
    start_time: 'number',
    end_time: 'number',
  },
  aliases: {
    created: 'start_time',
    Created: 'start_time',
    'run name': 'run_name',
    'Run name': 'run_name',
    'Run Name': 'run_name',
  },
  listAttributes: ['run_id'],
};

/** What `runs/search` may be ordered by. */
export const RUN_ORDER_FIELDS: SearchFields = {
  ...RUN_FIELDS,
  aliases: { created: 'start_time', Created: 'start_time' },
};

const EXPERIMENT_ATTRIBUTES = {
  name: 'string',
  creation_time: 'number',
  last_update_time: 'number',
} as const;

/** Fields of filters of `experiments/search`. */
export const EXPERIMENT_FIELDS: SearchFields = {
  entities: { tags: tag, tag },
  attributeNames: ['attribute'],
  attributes: EXPERIMENT_ATTRIBUTES,
  listAttributes: [],
  nullable: ['tag'],
  capitals: true,
  plainEntities: true,
};

/** What `experiments/search` may be ordered by. */
export const EXPERIMENT_ORDER_FIELDS: SearchFields = {
  ...EXPERIMENT_FIELDS,
  attributes: { ...EXPERIMENT_ATTRIBUTES, experiment_id: 'number' },
};
