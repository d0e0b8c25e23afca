import type { SearchFields } from '../search/index.ts';

/** Fields of `runs/search`. */
export const RUN_FIELDS: SearchFields = {
  entities: {
    metrics: { name: 'metrics', kind: 'number' },
    metric: { name: 'metrics', kind: 'number' },
    params: { name: 'params', kind: 'string' },
    param: { name: 'params', kind: 'string' },
    parameters: { name: 'params', kind: 'string' },
    parameter: { name: 'params', kind: 'string' },
    tags: { name: 'tags', kind: 'string' },
    tag: { name: 'tags', kind: 'string' },
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
};

/** Fields of `experiments/search`. */
export const EXPERIMENT_FIELDS: SearchFields = {
  entities: {
    tags: { name: 'tags', kind: 'string' },
    tag: { name: 'tags', kind: 'string' },
  },
  attributeNames: ['attributes', 'attribute', 'attr'],
  attributes: {
    name: 'string',
    experiment_id: 'string',
    creation_time: 'number',
    last_update_time: 'number',
  },
};
