import {
  type Literal,
  type OrderClause,
  parseOrderBy,
  type SearchFields,
} from '../../search/index.ts';
import { fullOrder } from '../../tracking/index.ts';
import { endOf, METADATA, TAGS, type Trace } from '../trace.ts';

const FIELDS: SearchFields = {
  entities: {
    tag: { name: 'tag', kind: 'string' },
    tags: { name: 'tag', kind: 'string' },
    metadata: { name: 'request_metadata', kind: 'string' },
    request_metadata: { name: 'request_metadata', kind: 'string' },
  },
  attributeNames: ['attribute', 'attributes', 'trace'],
  attributes: {
    experiment_id: 'number',
    timestamp_ms: 'number',
    execution_time_ms: 'number',
    end_time_ms: 'number',
    status: 'string',
    request_id: 'string',
    name: 'string',
    run_id: 'string',
  },
  aliases: {
    timestamp: 'timestamp_ms',
    execution_time: 'execution_time_ms',
    end_time: 'end_time_ms',
  },
};

const attribute = (key: string, kind: 'number' | 'string', descending: boolean): OrderClause => ({
  entity: 'attribute',
  key,
  kind,
  descending,
});

/** The order asked for, then the newest first, then by id. */
export const traceOrder = (asked: readonly string[]): OrderClause[] =>
  fullOrder(parseOrderBy(asked, FIELDS), [
    attribute('timestamp_ms', 'number', true),
    attribute('request_id', 'string', false),
  ]);

/** The order in which an experiment lists its traces anyway. */
export const isListOrder = ([first, second]: readonly OrderClause[]): boolean =>
  first?.key === 'timestamp_ms' &&
  first.descending &&
  second?.key === 'request_id' &&
  !second.descending;

/** An attribute as filters and orders see it. */
export function attributeOf(trace: Trace, key: string): Literal | undefined {
  switch (key) {
    case 'experiment_id':
      return Number(trace.experiment_id);
    case 'timestamp_ms':
      return trace.request_time;
    case 'execution_time_ms':
      return trace.execution_duration;
    case 'end_time_ms':
      return endOf(trace);
    case 'status':
      return trace.state;
    case 'request_id':
      return trace.trace_id;
    case 'client_request_id':
      return trace.client_request_id;
    case 'name':
      return trace.tags[TAGS.name];
    case 'run_id':
      return trace.trace_metadata[METADATA.sourceRun];
    default:
      return undefined;
  }
}

export function sortValueOf(trace: Trace, { entity, key }: OrderClause): Literal | undefined {
  if (entity === 'attribute') return attributeOf(trace, key);
  const texts = entity === 'tag' ? trace.tags : trace.trace_metadata;
  return Object.hasOwn(texts, key) ? texts[key] : undefined;
}
