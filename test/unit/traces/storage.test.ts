import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { queryPage, writeOne } from '../../../functions/shared/dynamo/index.ts';
import { findTraces } from '../../../functions/traces/trace-store.ts';
import { useCost } from '../../support/figures/cost.ts';
import { otlpJson, spanId, type TestSpan } from '../../support/otlp.ts';
import { anExperiment } from '../tracking/api.ts';
import {
  aTrace,
  aTraceId,
  found,
  infoOf,
  search,
  sendSpans,
  traces,
  useTraces,
  wholeOf,
} from './api.ts';

useTraces();
const costOf = useCost();

const root = spanId(1);

/** An agent's run: a root with steps of a model and of tools. */
const agentRun = (size: number): TestSpan[] =>
  Array.from({ length: size }, (_, i) => ({
    id: spanId(i + 1),
    ...(i > 0 && { parent: root }),
    name: i === 0 ? 'agent' : (['model', 'search', 'read'][i % 3] ?? ''),
    start: 1000 + i,
    end: 2000 + i,
    attributes: {
      'mlflow.spanType': i % 3 === 1 ? 'LLM' : 'TOOL',
      'mlflow.spanInputs': {
        messages: [{ role: 'user', content: `Step ${i}: what comes next in the plan?` }],
      },
      'mlflow.spanOutputs': {
        content: `Result ${i} of ${size}, as the tool gave it`,
        score: i / size,
      },
    },
  }));

interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly body: Uint8Array;
}

const rowsOf = async (pk: string) =>
  (await queryPage<Row>({ table: 'traces', condition: 'pk = :pk', values: { ':pk': pk } })).items;

async function damage(row: Row | undefined): Promise<void> {
  if (!row) throw new Error('There is nothing to damage');
  const body = Buffer.from(row.body);
  const last = body.length - 1;
  body[last] = (body[last] ?? 0) ^ 255;
  await writeOne({ table: 'traces', put: { ...row, body } });
}

describe('the bill of traces', () => {
  it('is a chunk, a record and a row for a trace of a thousand spans, and one read', async () => {
    const experiment = await anExperiment();
    const spans = agentRun(1000);
    const ids = Array.from({ length: 3 }, aTraceId);
    // Who may write to the experiment is read once in ten seconds: no longer than this takes.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    await sendSpans(experiment, aTraceId(), agentRun(1));
    const write = await costOf(3, (i) => sendSpans(experiment, ids[i] ?? '', spans));
    // Experiment, chunk, record, and both rows in one transaction.
    expect(write.calls).toBe(4);
    expect(write.units).toBeLessThan(70);
    const read = await costOf(3, (i) => wholeOf(ids[i] ?? ''));
    expect(read.calls).toBe(1);
    expect(read.units).toBeLessThan(20);
    const again = await costOf(1, () => sendSpans(experiment, ids[0] ?? '', spans));
    // The chunk is refused, which the meter does not see, and nothing else is written.
    expect(again.calls).toBe(2);
    expect(again.units).toBeLessThan(5);
  });

  it('is one read of the list for filters that look at all traces', async () => {
    const experiment = await anExperiment();
    for (const value of ['good', 'bad', 'good']) {
      const feedback = [{ assessment_name: 'quality', feedback: { value }, source: {} }];
      await aTrace(experiment, { assessments: feedback, tags: { value } });
    }
    const good = { filter: "feedback.quality = 'good'" };
    const unordered = { ...good, order_by: ['tags.value ASC'] };
    const correlation = {
      experiment_ids: [experiment],
      filter_string1: good.filter,
      filter_string2: "tags.value = 'good'",
      base_filter: 'feedback.quality IS NOT NULL',
    };
    const counts: object[] = [];
    const calls = {
      listed: (await costOf(1, async () => expect(await found(experiment, good)).toHaveLength(2)))
        .calls,
      ordered: (
        await costOf(1, async () => expect(await found(experiment, unordered)).toHaveLength(2))
      ).calls,
      correlated: (
        await costOf(1, async () =>
          counts.push((await traces('POST', '/calculate-filter-correlation', correlation)).body),
        )
      ).calls,
    };
    expect(calls).toEqual({ listed: 1, ordered: 1, correlated: 1 });
    expect(counts[0]).toMatchObject({ joint_count: 2, filter1_count: 2, total_count: 3 });
  });

  it('is a few units for a small trace and for its changes', async () => {
    const experiment = await anExperiment();
    const id = await aTrace(experiment);
    const costs = {
      told: await costOf(5, () => aTrace(experiment, { tags: { 'mlflow.traceName': 'n' } })),
      spans: await costOf(5, () => sendSpans(experiment, aTraceId(), agentRun(3))),
      tag: await costOf(5, (i) => traces('PATCH', `/${id}/tags`, { key: 'k', value: String(i) })),
      assessment: await costOf(5, (value) =>
        traces('POST', `/${id}/assessments`, {
          assessment: {
            assessment_name: 'a',
            feedback: { value },
            source: { source_type: 'CODE' },
          },
        }),
      ),
    };
    expect(costs.told).toMatchObject({ calls: 3 });
    expect(costs.told.units).toBeLessThanOrEqual(6);
    expect(costs.spans.units).toBeLessThanOrEqual(8);
    expect(costs.tag.calls).toBe(2);
    expect(costs.tag.units).toBeLessThanOrEqual(5);
    expect(costs.assessment.units).toBeLessThanOrEqual(6);
  });

  it('of a search does not grow with the spans', async () => {
    const [few, many] = [await anExperiment(), await anExperiment()];
    for (let i = 0; i < 10; i++) {
      await sendSpans(few, aTraceId(), agentRun(1));
      await sendSpans(many, aTraceId(), agentRun(200));
    }
    const filter = "status = 'OK' AND tags.`mlflow.trace.spansLocation` = 'TRACKING_STORE'";
    const [small, large] = [
      await costOf(1, () => search(few, { filter })),
      await costOf(1, () => search(many, { filter })),
    ];
    expect(large.calls).toBe(small.calls);
    expect(large.units).toBeLessThanOrEqual(small.units + 0.5);
    expect(large.units).toBeLessThanOrEqual(3);
  });
});

describe('damage', () => {
  it('of a chunk leaves the other spans', async () => {
    const experiment = await anExperiment();
    const id = aTraceId();
    const [first, second] = agentRun(2);
    if (!first || !second) throw new Error('Two spans are needed');
    await sendSpans(experiment, id, [first]);
    await sendSpans(experiment, id, [second]);
    const chunks = (await rowsOf(`TRACE#${id}`)).filter(({ sk }) => sk !== 'META');
    expect(chunks).toHaveLength(2);
    await damage(chunks[0]);
    expect((await wholeOf(id)).spans).toHaveLength(1);
    expect(
      await found(experiment, { filter: "span.type = 'TOOL' AND name IS NULL" }),
    ).toBeDefined();
  });

  it('of a record or of its row is made good from the other', async () => {
    const experiment = await anExperiment();
    const [a, b] = [await aTrace(experiment), await aTrace(experiment)];
    const before = await infoOf(a);
    const listed = await rowsOf(`EXPERIMENT#${experiment}`);
    await damage(listed.find(({ sk }) => sk.endsWith(a)));
    await damage((await rowsOf(`TRACE#${b}`))[0]);
    expect((await found(experiment)).sort()).toEqual([a, b].sort());
    expect(await infoOf(a)).toEqual(before);
    expect((await infoOf(b)).trace_id).toBe(b);
    expect(await findTraces([b])).toHaveLength(1);
    // The next change mends both.
    await traces('PATCH', `/${b}/tags`, { key: 'k', value: 'v' });
    expect((await infoOf(b)).tags.k).toBe('v');
  });

  it('of a call that ended between its chunk and its record leaves nothing to see, and a repetition heals it', async () => {
    const experiment = await anExperiment();
    const id = aTraceId();
    const { putSpans } = await import('../../../functions/traces/spans/span-store.ts');
    const { fromOtlp } = await import('../../../functions/traces/otlp/from-otlp.ts');
    const { decodeJson } = await import('../../../functions/traces/otlp/otlp-json.ts');
    const spans = agentRun(2);
    const decoded = decodeJson(Buffer.from(JSON.stringify(otlpJson(id, spans))));
    await putSpans(
      id,
      decoded.flatMap(({ spans: own }) => own.map((one) => fromOtlp(one).span)),
    );
    expect((await traces('GET', `/get?trace_id=${id}`)).status).toBe(404);
    expect(await found(experiment)).toEqual([]);
    await sendSpans(experiment, id, spans);
    expect((await wholeOf(id)).spans).toHaveLength(2);
    expect(await found(experiment)).toEqual([id]);
  });
});
