import { beforeAll, describe, expect, it } from 'vitest';
import { percentile } from '../../../../functions/traces/metrics/percentile.ts';
import { pointwise } from '../../../../functions/traces/search/correlate-filters.ts';
import { spanId } from '../../../support/otlp.ts';
import { anExperiment } from '../../tracking/api.ts';
import { aTrace, aTraceId, sendSpans, traces, useTraces } from '../api.ts';

useTraces();

let experiment: string;
const HOUR = Date.parse('2026-11-21T10:00:00Z');

beforeAll(async () => {
  experiment = await anExperiment();
  for (const [i, state] of ['OK', 'OK', 'ERROR'].entries()) {
    await aTrace(experiment, {
      request_time: new Date(HOUR + i * 1_800_000).toISOString(),
      execution_duration: `${i + 1}s`,
      state,
      tags: { 'mlflow.traceName': i < 2 ? 'chat' : 'tool', env: i ? 'prod' : 'dev' },
      trace_metadata: { 'mlflow.trace.tokenUsage': `{"input_tokens": ${10 * (i + 1)}}` },
      assessments: [
        { assessment_name: 'good', feedback: { value: i > 0 ? 'yes' : 'no' }, source: {} },
        { assessment_name: 'score', feedback: { value: i }, source: {} },
      ],
    });
  }
  await sendSpans(experiment, aTraceId(), [
    { id: spanId(1), name: 'agent', start: HOUR, end: HOUR + 100 },
    {
      id: spanId(2),
      parent: spanId(1),
      name: 'model',
      start: HOUR,
      end: HOUR + 50,
      status: 2,
      attributes: {
        'mlflow.spanType': 'LLM',
        'mlflow.llm.model': 'gpt',
        'mlflow.llm.provider': 'openai',
        'mlflow.llm.cost': { input_cost: 0.25, output_cost: 0.5, total_cost: 0.75 },
      },
    },
  ]);
});

const query = (view_type: string, metric_name: string, more: object = {}) =>
  traces('POST', '/metrics', {
    experiment_ids: [experiment],
    view_type,
    metric_name,
    aggregations: [{ aggregation_type: 'COUNT' }],
    ...more,
  });

async function points(...args: Parameters<typeof query>) {
  const { status, body } = await query(...args);
  if (status !== 200) throw new Error(body.message);
  return (body.data_points ?? []).map((one) => ({
    ...one.dimensions,
    ...one.values,
  }));
}

const many = {
  aggregations: [
    { aggregation_type: 'SUM' },
    { aggregation_type: 'AVG' },
    { aggregation_type: 'PERCENTILE', percentile_value: 50 },
  ],
};
const latency = {
  aggregations: [
    { aggregation_type: 'AVG' },
    { aggregation_type: 'PERCENTILE', percentile_value: 99.5 },
  ],
};

describe('metrics of traces', () => {
  it('count, sum, average and rank', async () => {
    expect(await points('TRACES', 'trace_count')).toEqual([{ COUNT: 4 }]);
    expect(await points('TRACES', 'trace_count', { dimensions: ['trace_status'] })).toEqual([
      { trace_status: 'ERROR', COUNT: 1 },
      { trace_status: 'OK', COUNT: 3 },
    ]);
    // The one without a name is in no group.
    expect(await points('TRACES', 'latency', { ...latency, dimensions: ['trace_name'] })).toEqual([
      { trace_name: 'chat', AVG: 1500, 'P99.5': 1995 },
      { trace_name: 'tool', AVG: 3000, 'P99.5': 3000 },
    ]);
    expect(await points('TRACES', 'input_tokens', many)).toEqual([
      { SUM: 60, AVG: 20, 'P50.0': 20 },
    ]);
  });

  it('are those of the time asked for, in intervals', async () => {
    const range = { start_time_ms: HOUR, end_time_ms: HOUR + 1_800_000 };
    expect(await points('TRACES', 'trace_count', range)).toEqual([{ COUNT: 3 }]);
    const hours = { ...range, end_time_ms: HOUR + 7_200_000, time_interval_seconds: 3600 };
    expect(await points('TRACES', 'trace_count', hours)).toEqual([
      { time_bucket: '2026-11-21T10:00:00+00:00', COUNT: 3 },
      { time_bucket: '2026-11-21T11:00:00+00:00', COUNT: 1 },
    ]);
    expect(
      (await query('TRACES', 'trace_count', { time_interval_seconds: 60 })).body.message,
    ).toContain('start_time_ms and end_time_ms are required');
  });

  it('are filtered', async () => {
    const count = (...filters: string[]) => points('TRACES', 'trace_count', { filters });
    expect(await count("trace.status = 'OK'")).toEqual([{ COUNT: 3 }]);
    expect(await count("trace.tag.env = 'prod'", "trace.status = 'OK'")).toEqual([{ COUNT: 1 }]);
    expect(await count("trace.metadata.`mlflow.trace.tokenUsage` = 'x'")).toEqual([{ COUNT: 0 }]);
  });

  it('of spans and assessments are over those', async () => {
    expect(
      await points('SPANS', 'span_count', { dimensions: ['span_name', 'span_status'] }),
    ).toEqual([
      { span_name: 'agent', span_status: 'UNSET', COUNT: 1 },
      { span_name: 'model', span_status: 'ERROR', COUNT: 1 },
    ]);
    const llm = { filters: ["span.type = 'LLM'"] };
    expect(await points('SPANS', 'latency', { ...latency, ...llm })).toEqual([
      { AVG: 50, 'P99.5': 50 },
    ]);
    expect(
      await points('SPANS', 'total_cost', { ...many, dimensions: ['span_model_name'] }),
    ).toEqual([{ span_model_name: 'gpt', SUM: 0.75, AVG: 0.75, 'P50.0': 0.75 }]);
    const values = { dimensions: ['assessment_name', 'assessment_value'] };
    expect(
      await points('ASSESSMENTS', 'assessment_count', {
        ...values,
        filters: ["assessment.name = 'good'"],
      }),
    ).toEqual([
      { assessment_name: 'good', assessment_value: '"no"', COUNT: 1 },
      { assessment_name: 'good', assessment_value: '"yes"', COUNT: 2 },
    ]);
    const scores = { dimensions: ['assessment_value'], filters: ["assessment.name = 'score'"] };
    expect(await points('ASSESSMENTS', 'assessment_count', scores)).toEqual(
      ['0.0', '1.0', '2.0'].map((value) => ({ assessment_value: value, COUNT: 1 })),
    );
    const average = {
      aggregations: [{ aggregation_type: 'AVG' }],
      dimensions: ['assessment_name'],
    };
    expect(await points('ASSESSMENTS', 'assessment_value', average)).toEqual([
      { assessment_name: 'good', AVG: 2 / 3 },
      { assessment_name: 'score', AVG: 1 },
    ]);
  });

  it.each([
    ['TRACES', 'span_count', {}, 'metric_name must be one of'],
    [
      'TRACES',
      'trace_count',
      { aggregations: [{ aggregation_type: 'SUM' }] },
      'invalid aggregation_type(s)',
    ],
    ['TRACES', 'trace_count', { dimensions: ['span_name'] }, 'invalid dimension(s)'],
    [
      'TRACES',
      'latency',
      { aggregations: [{ aggregation_type: 'PERCENTILE' }] },
      'Percentile value is required',
    ],
    [
      'TRACES',
      'latency',
      { aggregations: [{ aggregation_type: 'PERCENTILE', percentile_value: 101 }] },
      'between 0 and 100',
    ],
    ['TRACES', 'trace_count', { filters: ["span.name = 'x'"] }, 'only supported for SPANS'],
    ['TRACES', 'trace_count', { filters: ["trace.tag = 'x'"] }, 'requires a key'],
    ['TRACES', 'trace_count', { filters: ["trace.status.x = 'x'"] }, 'does not require a key'],
    ['TRACES', 'trace_count', { filters: ["trace.status != 'x'"] }, "only '=' operator"],
    [
      'TRACES',
      'trace_count',
      { filters: ["trace.status = 'a' AND trace.status = 'b'"] },
      'Expected one filter clause',
    ],
    ['TRACES', 'trace_count', { filters: ["run.x = 'a'"] }, "Invalid view type 'run'"],
    ['RUNS', 'span_count', {}, "metric_name must be one of ['trace_count'"],
    ['', 'trace_count', {}, "Missing value for required parameter 'view_type'"],
  ])('%s %s %j is refused', async (view, metric, more, message) => {
    const { status, body } = await query(view, metric, more);
    expect([status, body.message]).toEqual([400, expect.stringContaining(message)]);
  });
});

describe('a view that there is not', () => {
  it.each(['RUNS', 'traces', 0, 99, [], true, 1.5])('stands for the first: %j', async (view) => {
    const body = {
      experiment_ids: [experiment],
      metric_name: 'trace_count',
      aggregations: [{ aggregation_type: 'COUNT' }],
    };
    const first = await traces('POST', '/metrics', { ...body, view_type: 'TRACES' });
    expect(first.status).toBe(200);
    expect(await traces('POST', '/metrics', { ...body, view_type: view })).toEqual(first);
  });
});

describe('percentiles', () => {
  it('lie between neighbours as numpy has them', () => {
    expect(percentile([1, 2, 3, 4], 50)).toBe(2.5);
    expect(percentile([4, 1, 3, 2], 25)).toBe(1.75);
    expect(percentile([7], 99)).toBe(7);
    expect(percentile([], 50)).toBeUndefined();
  });
});

describe('the correlation of two filters', () => {
  it('counts and normalizes', async () => {
    const own = await anExperiment();
    for (let i = 0; i < 10; i++) {
      await aTrace(own, { tags: { env: i < 6 ? 'prod' : 'dev', kind: i < 7 ? 'TOOL' : 'LLM' } });
    }
    const correlate = async (one: string, other: string, more: object = {}) =>
      (
        await traces('POST', '/calculate-filter-correlation', {
          experiment_ids: [own],
          filter_string1: one,
          filter_string2: other,
          ...more,
        })
      ).body;
    const found = await correlate("tags.env = 'prod'", "tags.kind = 'TOOL'");
    expect(found).toMatchObject({
      filter1_count: 6,
      filter2_count: 7,
      joint_count: 6,
      total_count: 10,
    });
    // ln(6·10 / (6·7)) / ln(10/6), by hand.
    expect(found.npmi).toBeCloseTo(0.69823, 4);
    const never = await correlate("tags.env = 'prod'", "tags.kind = 'LLM'");
    expect([never.npmi, never.joint_count]).toEqual([-1, 0]);
    const nothing = await correlate("tags.env = 'x'", "tags.kind = 'LLM'");
    expect([nothing.npmi, nothing.npmi_smoothed]).toEqual([undefined, undefined]);
    const within = await correlate("tags.env = 'dev'", "tags.kind = 'LLM'", {
      base_filter: "tags.env = 'dev'",
    });
    expect(within).toMatchObject({ filter1_count: 4, filter2_count: 3, total_count: 4 });
    expect((await correlate("x.y = 'z'", "tags.kind = 'LLM'")).error_code).toBe(
      'INVALID_PARAMETER_VALUE',
    );
  });

  it('is one for filters that always hold together, and near zero for independent ones', () => {
    const counts = { joint_count: 25, filter1_count: 50, filter2_count: 50, total_count: 100 };
    expect(pointwise(counts, 0)).toBeCloseTo(0, 10);
    expect(
      pointwise({ joint_count: 9, filter1_count: 9, filter2_count: 9, total_count: 9 }, 0),
    ).toBe(1);
  });
});
