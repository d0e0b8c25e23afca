import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packSpans, packTrace, unpack } from '../../../../functions/traces/pack.ts';
import { withSpans } from '../../../../functions/traces/spans/log-spans.ts';
import { mergeSpans, type Span, type SpanBatch } from '../../../../functions/traces/spans/span.ts';
import { withTold } from '../../../../functions/traces/start-trace.ts';
import type { Trace } from '../../../../functions/traces/trace.ts';
import type { TraceRecord } from '../../../../functions/traces/trace-store.ts';

const spanOf = fc
  .record({
    id: fc.integer({ min: 1, max: 6 }),
    start: fc.integer({ min: 0, max: 1000 }),
    length: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }),
    name: fc.constantFrom('a', 'b'),
    tokens: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
  })
  .map(
    ({ id, start, length, name, tokens }): Span => ({
      trace_id: 't',
      span_id: `s${id}`,
      parent_span_id: id === 1 ? null : 's1',
      name,
      start: String(start * 1_000_000),
      ...(length !== undefined && { end: String((start + length) * 1_000_000) }),
      events: [],
      status: 'OK',
      attributes: {
        ...(tokens !== undefined && { 'mlflow.chat.tokenUsage': `{"total_tokens": ${tokens}}` }),
        ...(id === 1 && { 'mlflow.spanInputs': '"in"' }),
      },
    }),
  );

/** Spans of different ids: what clients send, each once or over and over. */
const spans = fc.uniqueArray(spanOf, {
  selector: ({ span_id }) => span_id,
  minLength: 1,
  maxLength: 6,
});

const EMPTY: TraceRecord = {
  trace: {
    trace_id: 'tr',
    experiment_id: '0',
    request_time: Number.NaN,
    state: 'IN_PROGRESS',
    trace_metadata: {},
    tags: {},
    assessments: [],
  },
};

const TOLD: Trace = {
  trace_id: 'tr',
  experiment_id: '0',
  request_time: 5,
  execution_duration: 7,
  state: 'OK',
  trace_metadata: {
    'mlflow.trace.infoFinalized': 'true',
    'mlflow.trace.tokenUsage': '{"total_tokens": 1}',
  },
  tags: { 'mlflow.traceName': 'told' },
  assessments: [],
};

/** A record with what one step of a client adds; the first step makes it. */
type Step = (before: TraceRecord | undefined) => TraceRecord;

const run = (steps: readonly Step[]): TraceRecord => {
  const last = steps.reduce<TraceRecord | undefined>((before, step) => step(before), undefined);
  if (!last) throw new Error('No step was made');
  return last;
};

const sending =
  (batch: readonly Span[]): Step =>
  (before) =>
    withSpans(before ?? EMPTY, batch);

const telling: Step = (before) => withTold(before, TOLD);

/** Keys of objects in one order: what a trace shows has none. */
const shown = ({ trace }: TraceRecord) => ({
  ...trace,
  trace_metadata: Object.fromEntries(Object.entries(trace.trace_metadata).sort()),
  tags: Object.fromEntries(Object.entries(trace.tags).sort()),
});

/** Steps of a client in some order, some of them repeated. */
const history = spans.chain((all) =>
  fc
    .tuple(
      fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length }),
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(20), { maxLength: 6 }),
    )
    .map(([shuffled, sizes, repeated]) => {
      const steps: Step[] = [];
      for (let at = 0, i = 0; at < shuffled.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        steps.push(sending(shuffled.slice(at, at + size)));
        at += size;
      }
      for (const index of repeated) {
        const step = steps[index % steps.length];
        if (step) steps.push(step);
      }
      return { all, steps };
    }),
);

describe('what is known of a trace', () => {
  it('does not depend on the batches in which its spans come, their order and repetitions', () => {
    fc.assert(
      fc.property(history, ({ all, steps }) => {
        expect(shown(run(steps))).toEqual(shown(run([sending(all)])));
      }),
    );
  });

  it('does not depend on when its client tells it, nor how often', () => {
    fc.assert(
      fc.property(history, fc.nat(20), fc.nat(20), ({ all, steps }, first, second) => {
        const told = [...steps];
        told.splice(first % (told.length + 1), 0, telling);
        told.splice(second % (told.length + 1), 0, telling);
        expect(shown(run(told))).toEqual(shown(run([telling, sending(all)])));
      }),
    );
  });

  it('lasts from the first start to the last end and sums up what its spans used', () => {
    fc.assert(
      fc.property(history, ({ all, steps }) => {
        const { trace } = run(steps);
        const starts = all.map(({ start }) => Number(start) / 1e6);
        const ends = all.flatMap(({ end }) => (end === undefined ? [] : Number(end) / 1e6));
        expect(trace.request_time).toBe(Math.min(...starts));
        if (ends.length > 0) {
          expect(trace.execution_duration).toBe(Math.max(...ends) - Math.min(...starts));
        }
        const used = all.flatMap(
          ({ attributes }) => attributes['mlflow.chat.tokenUsage']?.match(/\d+/)?.[0] ?? [],
        );
        const total = used.reduce((sum, one) => sum + Number(one), 0);
        expect(trace.trace_metadata['mlflow.trace.tokenUsage']).toBe(
          used.length > 0 ? `{"total_tokens": ${total}}` : undefined,
        );
      }),
    );
  });
});

describe('the spans of a trace', () => {
  const batches = fc
    .array(fc.array(spanOf, { maxLength: 4 }), { maxLength: 5 })
    .map((all) => all.map((some, i): SpanBatch => ({ at: String(i), spans: some })));

  it('are the last versions that ended, else the last, in any order and with any repetition', () => {
    fc.assert(
      fc.property(
        batches.chain((all) =>
          fc.tuple(
            fc.constant(all),
            fc.shuffledSubarray([...all, ...all], { minLength: all.length }),
          ),
        ),
        ([all, shuffled]) => {
          const every = [...shuffled, ...all];
          const merged = mergeSpans(every);
          expect(merged).toEqual(mergeSpans(all));
          for (const span of merged) {
            const versions = all.flatMap(({ at, spans: some }) =>
              some.filter(({ span_id }) => span_id === span.span_id).map((one) => ({ at, one })),
            );
            const ended = versions.filter(({ one }) => one.end !== undefined);
            const candidates = ended.length > 0 ? ended : versions;
            const last = candidates
              .map(({ at }) => at)
              .sort()
              .at(-1);
            expect(candidates.filter(({ at }) => at === last).map(({ one }) => one)).toContainEqual(
              span,
            );
          }
        },
      ),
    );
  });

  it('begin with the root and follow their starts', () => {
    fc.assert(
      fc.property(batches, (all) => {
        const merged = mergeSpans(all);
        const children = merged.filter(({ parent_span_id }) => parent_span_id !== null);
        const roots = merged.length - children.length;
        expect(merged.slice(roots)).toEqual(children);
        const starts = children.map(({ start }) => Number(start));
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      }),
    );
  });

  it('are packed and unpacked as they were; a changed byte is noticed', () => {
    fc.assert(
      fc.property(spans, fc.nat(), (all, where) => {
        for (const packed of [packSpans(all), packTrace({ all })]) {
          expect(unpack(packed)).toEqual(packed[0] === 1 ? { all } : all);
          const broken = Buffer.from(packed);
          const at = 1 + (where % (broken.length - 1));
          broken[at] = (broken[at] ?? 0) ^ 1;
          expect(() => unpack(broken)).toThrow();
        }
      }),
    );
  });
});
