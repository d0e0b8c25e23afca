import { describe, expect, it } from 'vitest';
import { sumUp, toPrometheus } from '../../../../functions/serving/metrics/serving-metrics.ts';

const request = (entity: string, statusCode: number, milliseconds: number, endpointId = 'e') => ({
  endpointId,
  entity,
  statusCode,
  milliseconds,
});

describe('metrics of an endpoint', () => {
  it('are summed up by endpoint and entity', () => {
    const sums = sumUp([
      request('a', 200, 4),
      request('a', 400, 5),
      request('a', 504, 40_000),
      request('', 503, 6),
      request('a', 200, 1, 'other'),
    ]);
    expect(sums.map(({ endpointId, metrics }) => [endpointId, metrics.entity])).toEqual([
      ['e', 'a'],
      ['e', ''],
      ['other', 'a'],
    ]);
    expect(sums[0]?.metrics).toMatchObject({
      requests: 3,
      errors4xx: 1,
      errors5xx: 1,
      milliseconds: 40_009,
      buckets: [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    });
  });

  it('tell whom others had to answer for, also one that has answered nothing', () => {
    const instead = { ...request('b', 200, 3), failedEntity: 'a' };
    const sums = sumUp([instead, instead, request('b', 200, 1)]);
    const found = Object.fromEntries(sums.map(({ metrics }) => [metrics.entity, metrics]));
    expect(found.a).toMatchObject({ requests: 0, fallbacks: 2 });
    expect(found.b).toMatchObject({ requests: 3, fallbacks: 0 });
    const text = toPrometheus('e', Object.values(found));
    const labels = 'endpoint_name="e",served_entity_name="a"';
    expect(text).toContain(`request_fallback_count_total{${labels}} 2\n`);
  });

  it('count at which requests the model itself raised', () => {
    const raised = { ...request('a', 400, 3), failedEntity: 'a', modelFailed: true };
    const [sum] = sumUp([raised, { ...request('a', 400, 3), failedEntity: 'a' }]);
    expect(sum?.metrics).toMatchObject({ requests: 2, errors4xx: 2, modelErrors: 1 });
    const labels = 'endpoint_name="e",served_entity_name="a"';
    expect(toPrometheus('e', sum ? [sum.metrics] : [])).toContain(
      `request_model_error_count_total{${labels}} 1\n`,
    );
  });

  it('are written as Prometheus reads them, buckets with all below them', () => {
    const all = sumUp([request('a', 200, 4), request('a', 200, 20), request('a', 500, 60_000)]);
    const lines = toPrometheus(
      'e',
      all.map(({ metrics }) => metrics),
    ).split('\n');
    const labels = 'endpoint_name="e",served_entity_name="a"';
    expect(lines).toContain(`request_count_total{${labels}} 3`);
    expect(lines).toContain(`request_5xx_count_total{${labels}} 1`);
    expect(lines).toContain(`request_latency_ms_bucket{${labels},le="5"} 1`);
    expect(lines).toContain(`request_latency_ms_bucket{${labels},le="25"} 2`);
    expect(lines).toContain(`request_latency_ms_bucket{${labels},le="30000"} 2`);
    expect(lines).toContain(`request_latency_ms_bucket{${labels},le="+Inf"} 3`);
    expect(lines).toContain(`request_latency_ms_sum{${labels}} 60024`);
  });
});
