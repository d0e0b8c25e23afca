import { describe, expect, it } from 'vitest';
import { EmbeddedMetrics } from '../../../../lib/local/lambda/embedded-metrics.ts';

const line = (service: string, values: object, names: string[]) =>
  `${JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        {
          Namespace: 'Slipway',
          Dimensions: [['service']],
          Metrics: names.map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
    service,
    ...values,
  })}\n`;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
describe('EmbeddedMetrics', () => {
  it('adds up what functions write, by dimension', () => {
    const metrics = new EmbeddedMetrics();
    metrics.take('a', `START\n${line('a', { WriteUnits: 2 }, ['WriteUnits'])}END\n`);
    metrics.take('a', line('a', { WriteUnits: 5 }, ['WriteUnits']));
    metrics.take('b', line('b', { WriteUnits: [1, 3] }, ['WriteUnits']));
    const lines = metrics.toPrometheus().split('\n');
    expect(lines).toContain('slipway_write_units_count{service="a"} 2');
    expect(lines).toContain('slipway_write_units_sum{service="a"} 7');
    expect(lines).toContain('slipway_write_units_max{service="a"} 5');
    expect(lines).toContain('slipway_write_units_sum{service="b"} 4');
    expect(lines).toContain('slipway_write_units_min{service="b"} 1');
  });

  it('reads a line that comes in pieces', () => {
    const metrics = new EmbeddedMetrics();
    const whole = line('a', { Requests: 1 }, ['Requests']);
    metrics.take('a', whole.slice(0, 20));
    metrics.take('b', 'something else\n');
    metrics.take('a', whole.slice(20, 60));
    metrics.take('a', whole.slice(60));
    expect(metrics.toPrometheus()).toContain('slipway_requests_sum{service="a"} 1\n');
  });

  it('counts all of very many, whenever it is asked', () => {
    const metrics = new EmbeddedMetrics();
    const sum = () => /requests_sum\{service="a"\} (\d+)/.exec(metrics.toPrometheus())?.[1];
    for (let i = 0; i < 1000; i++) metrics.take('a', line('a', { Requests: 1 }, ['Requests']));
    expect(sum()).toBe('1000');
    metrics.take('a', line('a', { Requests: 1 }, ['Requests']));
    expect(sum()).toBe('1001');
    expect(sum()).toBe('1001');
  });

  it('leaves alone what is no metric', () => {
    const metrics = new EmbeddedMetrics();
    metrics.take('a', '{"_aws": broken\n{"level":"INFO"}\n"_aws" in a sentence\n');
    metrics.take('a', line('a', { Requests: 'many' }, ['Requests']));
    expect(metrics.toPrometheus()).toBe('\n');
  });
});
