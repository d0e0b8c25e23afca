import { type Comparison, holds, patternSearch } from '../../search/index.ts';
import { type Assessment, storedJson } from '../assessments/assessment.ts';
import { type ExactValue, readLoosely, writeExact } from '../exact-json.ts';
import { linkedTraces } from '../links/link-store.ts';
import type { Span } from '../spans/span.ts';
import { METADATA, type Trace } from '../trace.ts';
import type { TraceCondition } from './trace-filter.ts';
import { attributeOf } from './trace-order.ts';

type AssessmentCondition = Extract<TraceCondition, { on: 'assessment' }>;
type SpanCondition = Extract<TraceCondition, { on: 'span' | 'spanAttribute' }>;

/** What a filter asks of traces, with everything read that it needs besides them. */
export interface TraceMatcher {
  /** By what lists of traces hold. */
  readonly matches: (trace: Trace) => boolean;
  /** By the spans, one of which must satisfy all conditions about spans; absent without any. */
  readonly matchesSpans?: (spans: readonly Span[]) => boolean;
}

/** Assessments of a session hold for its other traces too: then all traces must be known beforehand. */
export const needsAllTraces = (conditions: readonly TraceCondition[]): boolean =>
  conditions.some(({ on }) => on === 'assessment');

/** `all`: every trace of the experiments, if `needsAllTraces`. */
export async function makeMatcher(
  conditions: readonly TraceCondition[],
  all: readonly Trace[],
): Promise<TraceMatcher> {
  const looks = patternSearch();
  const fits: typeof holds = (comparison, value) => holds(comparison, value, looks);
  const tests = await Promise.all(conditions.map((condition) => testOf(condition, all, fits)));
  const aboutSpans = conditions.filter(
    (one): one is SpanCondition => one.on === 'span' || one.on === 'spanAttribute',
  );
  return {
    matches: (trace) => tests.every((test) => test(trace)),
    ...(aboutSpans.length > 0 && {
      matchesSpans: (spans: readonly Span[]) =>
        spans.some((span) => aboutSpans.every((condition) => spanHolds(condition, span, fits))),
    }),
  };
}

type Test = (trace: Trace) => boolean;

const own = (texts: Readonly<Record<string, string>>, key: string) =>
  Object.hasOwn(texts, key) ? texts[key] : undefined;

async function testOf(
  condition: TraceCondition,
  all: readonly Trace[],
  fits: typeof holds,
): Promise<Test> {
  const { comparison } = condition;
  switch (condition.on) {
    case 'attribute':
      return (trace) => fits(comparison, attributeOf(trace, condition.key));
    case 'tag':
      return ({ tags }) => fits(comparison, own(tags, condition.key));
    case 'metadata':
      return ({ trace_metadata: texts }) => fits(comparison, own(texts, condition.key));
    case 'run': {
      const linked = await linkedTraces({ kind: 'RUN', id: condition.id });
      return ({ trace_id, trace_metadata: texts }) =>
        linked.has(trace_id) || own(texts, METADATA.sourceRun) === condition.id;
    }
    case 'prompt': {
      const linked = await linkedTraces({ kind: 'PROMPT', id: condition.id });
      return ({ trace_id }) => linked.has(trace_id);
    }
    case 'issue':
      return ({ assessments }) =>
        assessments.some(({ kind, name }) => kind === 'issue' && name === condition.id);
    case 'assessment':
      return assessmentTest(condition, all, fits);
    default:
      return () => true;
  }
}

/**
 * A valid assessment of the name satisfies the comparison: one of the trace, or one of another trace of
 * its session that is about the whole session.
 */
function assessmentTest(
  condition: AssessmentCondition,
  all: readonly Trace[],
  fits: typeof holds,
): Test {
  const { kind, name, comparison } = condition;
  const absent = comparison.operator === 'IS NULL';
  const wanted: Comparison = absent ? { ...comparison, operator: 'IS NOT NULL' } : comparison;
  const isWanted = (one: Assessment) =>
    one.valid && one.kind === kind && one.name === name && valueHolds(wanted, one, fits);
  const sessionOf = ({ trace_metadata: texts }: Trace) => own(texts, METADATA.session);
  const covered = new Set(
    all
      .filter(({ assessments }) =>
        assessments.some(
          (one) => isWanted(one) && one.metadata && METADATA.session in one.metadata,
        ),
      )
      .flatMap((trace) => sessionOf(trace) ?? []),
  );
  return (trace) => {
    const session = sessionOf(trace);
    const found =
      trace.assessments.some(isWanted) || (session !== undefined && covered.has(session));
    return found !== absent;
  };
}

/** Values are compared as JSON; a text also without its quotes. */
function valueHolds(comparison: Comparison, assessment: Assessment, fits: typeof holds): boolean {
  const json = storedJson(assessment);
  const { value } = assessment;
  const { operator } = comparison;
  const plain = typeof value === 'string' ? value : json;
  if (operator === '!=') return fits(comparison, json) && fits(comparison, plain);
  if (operator === '=') return fits(comparison, json) || fits(comparison, plain);
  return fits(comparison, json);
}

function spanHolds(condition: SpanCondition, span: Span, fits: typeof holds): boolean {
  const { comparison } = condition;
  if (condition.on === 'spanAttribute') {
    const inContent = contentPattern(condition.key, comparison);
    if (inContent !== undefined) return fits({ ...comparison, value: inContent }, contentOf(span));
    const text = own(span.attributes, condition.key);
    // A span without the attribute is unlike any value, as MLflow has it.
    if (text === undefined) return comparison.operator === '!=';
    return fits(comparison, plainText(readLoosely(text), text));
  }
  if (condition.field === 'content') return fits(comparison, contentOf(span));
  return fits(comparison, span[condition.field]);
}

/**
 * MLflow looks for patterns in the text of the whole span, behind the attribute's name: `LIKE 'x%'` finds
 * nothing, for a colon follows the name, and `LIKE '%x%'` also what comes after the attribute.
 */
function contentPattern(name: string, { operator, value }: Comparison): string | undefined {
  const wanted = String(value);
  if (operator === 'LIKE' || operator === 'ILIKE') return `%"${name}"${wanted}%`;
  if (operator !== 'RLIKE') return undefined;
  const open = wanted.startsWith('^') ? '' : '.*';
  const close = wanted.endsWith('$') ? '\\\\"' : '';
  return `"${name}": "\\\\"${open}${wanted.replace(/^\^/, '').replace(/\$$/, '')}${close}`;
}

const plainText = (value: ExactValue, text: string) => (typeof value === 'string' ? value : text);

/** What a full text search looks into: the span as MLflow writes it. */
const contentOf = ({ start, end, events, status, message, attributes, ...span }: Span): string =>
  writeExact({
    trace_id: span.trace_id,
    span_id: span.span_id,
    parent_span_id: span.parent_span_id,
    name: span.name,
    start_time_unix_nano: BigInt(start),
    end_time_unix_nano: end === undefined ? null : BigInt(end),
    events: events.map((event) => ({
      name: event.name,
      time_unix_nano: BigInt(event.time),
      attributes: Object.fromEntries(
        Object.entries(event.attributes).map(([key, text]) => [key, readLoosely(text)]),
      ),
    })),
    status: { code: `STATUS_CODE_${status}`, message: message ?? '' },
    attributes,
  });
