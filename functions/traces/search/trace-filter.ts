import {
  type Comparison,
  type Operator,
  parseFilter,
  withoutBackticks,
} from '../../search/index.ts';
import { invalid } from '../../shared/errors.ts';
import { METADATA, TAGS } from '../trace.ts';

/** A condition of a filter over traces, with its field resolved. */
export type TraceCondition = { readonly comparison: Comparison } & (
  | { readonly on: 'attribute'; readonly key: AttributeKey }
  | { readonly on: 'tag' | 'metadata'; readonly key: string }
  /** Linked to a run, or made in it. */
  | { readonly on: 'run' | 'prompt' | 'issue'; readonly id: string }
  | { readonly on: 'span'; readonly field: SpanField }
  | { readonly on: 'spanAttribute'; readonly key: string }
  | { readonly on: 'assessment'; readonly kind: 'feedback' | 'expectation'; readonly name: string }
);

type SpanField = 'name' | 'type' | 'status' | 'content';

const ENTITIES: Readonly<Record<string, string>> = {
  attribute: 'attribute',
  attributes: 'attribute',
  trace: 'attribute',
  tag: 'tag',
  tags: 'tag',
  request_metadata: 'request_metadata',
  metadata: 'request_metadata',
  span: 'span',
  feedback: 'feedback',
  expectation: 'expectation',
  issue: 'issue',
};

const ALIASES: Readonly<Record<string, string>> = {
  timestamp: 'timestamp_ms',
  execution_time: 'execution_time_ms',
  end_time: 'end_time_ms',
};

const NUMERIC_KEYS = ['timestamp_ms', 'execution_time_ms', 'end_time_ms'] as const;
const TEXT_KEYS = ['request_id', 'status', 'client_request_id'] as const;
/** Keys that mean a tag, a piece of metadata or the content of spans. */
const DERIVED_KEYS = ['name', 'run_id', 'prompt', 'text'] as const;

type AttributeKey = (typeof NUMERIC_KEYS)[number] | (typeof TEXT_KEYS)[number];

const isNumericKey = (key: string): boolean => NUMERIC_KEYS.some((one) => one === key);

const VALID_KEYS: readonly string[] = [
  ...NUMERIC_KEYS,
  ...Object.keys(ALIASES),
  ...TEXT_KEYS,
  ...DERIVED_KEYS,
];

const NUMERIC: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
const TEXT: readonly Operator[] = ['=', '!=', 'LIKE', 'ILIKE', 'RLIKE'];
const LISTS: readonly Operator[] = ['IN', 'NOT IN'];
const NULLS: readonly Operator[] = ['IS NULL', 'IS NOT NULL'];

/** Conditions of a filter over traces, with MLflow's refusals. */
export const parseTraceFilter = (filter: string | undefined): TraceCondition[] =>
  parseFilter(filter).map((comparison) => {
    const { entity, ...rest } = comparison;
    if (entity !== undefined) return checkCondition({ ...rest, entity: withoutBackticks(entity) });
    checkWord(comparison);
    return checkCondition(comparison);
  });

/** To MLflow's reader two keys are types of SQL where nothing stands before them: of the time an integer may be asked. */
function checkWord({ key, raw, operator, number = '' }: Comparison): void {
  if (raw !== undefined || !(key === 'text' || key === 'timestamp')) return;
  if (key === 'timestamp' && NUMERIC.includes(operator) && /^-?\p{Nd}+$/u.test(number)) return;
  throw invalid(`Invalid clause(s) in filter string: '${key}', '${operator}'`);
}

/** Entity and key that an identifier means, in MLflow's canonical names. */
function resolve({ entity, key }: Comparison): { readonly entity: string; readonly key: string } {
  const canonical = Object.hasOwn(ENTITIES, entity ?? 'attribute')
    ? ENTITIES[entity ?? 'attribute']
    : undefined;
  if (!canonical) {
    const valid = Object.keys(ENTITIES).join(', ');
    throw invalid(`Invalid entity type '${entity}'. Valid values are {${valid}}`);
  }
  if (canonical === 'attribute' && !VALID_KEYS.includes(key)) {
    throw invalid(
      `Invalid attribute key '${key}' specified. Valid keys are '{${VALID_KEYS.join(', ')}}'`,
    );
  }
  if (canonical === 'span') return { entity: canonical, key };
  // MLflow takes these keys for themselves whatever stands before them.
  switch (key.toLowerCase()) {
    case 'name':
      return { entity: 'tag', key: TAGS.name };
    case 'prompt':
      return { entity: 'tag', key: TAGS.linkedPrompts };
    case 'run_id':
      return { entity: 'request_metadata', key: METADATA.sourceRun };
    case 'text':
      return { entity: 'span', key: 'content' };
  }
  const lower = key.toLowerCase();
  return { entity: canonical, key: (Object.hasOwn(ALIASES, lower) && ALIASES[lower]) || key };
}

function checkCondition(comparison: Comparison): TraceCondition {
  checkValue(comparison);
  const { entity, key } = resolve(comparison);
  const { operator, value } = comparison;
  switch (entity) {
    case 'attribute':
      return checkAttribute(key as AttributeKey, comparison);
    case 'tag': {
      if (key !== TAGS.linkedPrompts) {
        allow([...TEXT, ...NULLS], operator);
        return { on: 'tag', key, comparison };
      }
      return { on: 'prompt', id: checkPrompt(comparison), comparison };
    }
    case 'request_metadata': {
      allow([...TEXT, ...NULLS], operator);
      const isRun = key === METADATA.sourceRun && operator === '=';
      if (isRun) return { on: 'run', id: String(value), comparison };
      return { on: 'metadata', key, comparison };
    }
    case 'span':
      return checkSpan(key, comparison);
    case 'issue': {
      if (key !== 'id') {
        throw invalid(`Invalid issue attribute '${key}'. Supported attributes: id`);
      }
      allow(['='], operator, 'issue.id ');
      return { on: 'issue', id: String(value), comparison };
    }
    default: {
      if (key === '') throw invalid('Assessment field name cannot be empty');
      allow([...TEXT, ...NULLS], operator, `assessment.${key} `);
      return {
        on: 'assessment',
        kind: entity as 'feedback' | 'expectation',
        name: key,
        comparison,
      };
    }
  }
}

function checkAttribute(key: AttributeKey, comparison: Comparison): TraceCondition {
  const { operator, value } = comparison;
  if (!isNumericKey(key)) {
    allow([...TEXT, ...LISTS], operator);
    return { on: 'attribute', key, comparison };
  }
  allow(NUMERIC, operator);
  const number = Number(value);
  if (typeof value === 'string' && (value.trim() === '' || Number.isNaN(number))) {
    throw invalid(`Expected a numeric value for ${key}. Got value ${value}`);
  }
  return { on: 'attribute', key, comparison: { ...comparison, value: number } };
}

function checkSpan(key: string, comparison: Comparison): TraceCondition {
  const { entity, operator, spelling } = comparison;
  // Of what is written as a span's, MLflow knows operators in capitals only.
  if (entity === 'span' && spelling) {
    throw invalid(`span.${key} comparator '${spelling}' not one of '${TEXT.join(', ')}'`);
  }
  if (key.startsWith('attributes.')) {
    const name = withoutBackticks(key.slice('attributes.'.length));
    if (!name) throw invalid("Span attribute name cannot be empty after 'attributes.'");
    allow([...TEXT, ...LISTS], operator, `span.${key} `);
    return { on: 'spanAttribute', key: name, comparison };
  }
  if (key === 'content') {
    allow(['LIKE', 'ILIKE'], operator, 'span.content ');
    return { on: 'span', field: key, comparison };
  }
  if (key === 'name' || key === 'type' || key === 'status') {
    allow([...TEXT, ...LISTS], operator, `span.${key} `);
    return { on: 'span', field: key, comparison };
  }
  throw invalid(
    `Invalid span attribute '${key}'. Supported attributes: name, status, type, attributes.<attribute_name>.`,
  );
}

function checkPrompt({ operator, value }: Comparison): string {
  const format = 'prompt = "name/version"';
  if (operator !== '=') {
    throw invalid(
      `Invalid comparator '${operator}' for prompts filter. Only '=' is supported with format: ${format}`,
    );
  }
  const id = String(value);
  if (id.split('/').length !== 2) {
    throw invalid(`Invalid prompts filter value '${id}'. Expected format: ${format}`);
  }
  return id;
}

function allow(allowed: readonly Operator[], operator: Operator, what = 'Invalid '): void {
  if (allowed.includes(operator)) return;
  throw invalid(`${what}comparator '${operator}' not one of '${allowed.join(', ')}'`);
}

/** Texts are quoted, numbers are not; only some keys take lists. */
function checkValue({ entity = 'attribute', key, value }: Comparison): void {
  const kind = ENTITIES[entity];
  if (kind === 'attribute' && typeof value === 'number') {
    if (isNumericKey(ALIASES[key] ?? key) || !VALID_KEYS.includes(key)) return;
    throw invalid(
      `Only the '{${NUMERIC_KEYS.join(', ')}}' attributes support comparison with numeric values.`,
    );
  }
  const values = Array.isArray(value) ? value : value === null ? [] : [value];
  const wrong = values.find((one) => typeof one !== 'string');
  if (wrong !== undefined && kind !== undefined) {
    throw invalid(
      `Expected a quoted string value for ${kind} (e.g. 'my-value'). Got value ${wrong}`,
    );
  }
}
