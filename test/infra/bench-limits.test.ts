import { describe, expect, it } from 'vitest';
import { missedLimits, PROMISED } from '../bench/tracking/limits.ts';
import { SHAPES } from '../bench/tracking/shapes/index.ts';

describe('the limits of the tracking benchmark', () => {
  it('are of shapes that are measured', () => {
    const measured = ['idle', ...SHAPES.map(({ name }) => name)];
    expect(measured).toEqual(expect.arrayContaining(Object.keys(PROMISED)));
  });

  it('are missed by what is above them, and by errors and lost writes of any shape', () => {
    const figure = { server: 'slipway', shape: 'LogMetric', cpuMsPerRequest: 1.6, writeUnits: 2 };
    expect(missedLimits(figure)).toEqual([]);
    expect(missedLimits({ ...figure, cpuMsPerRequest: 1.7, writeUnits: 2.1 })).toEqual([
      'cpuMsPerRequest 1.7 > 1.6',
      'writeUnits 2.1 > 2',
    ]);
    expect(missedLimits({ server: 'slipway', shape: 'other', errors: 1, missing: 2 })).toEqual([
      'errors 1 > 0',
      'missing 2 > 0',
    ]);
  });

  it('are missed where a peer takes less than so many times the CPU', () => {
    const of = (server: string, cpuTimesSlipway: number, shape = 'GetRun') =>
      missedLimits({ server, shape, cpuTimesSlipway });
    expect(of('mlflow', 5)).toEqual([]);
    expect(of('mlflow', 4.9)).toEqual(['lead 4.9 < 5']);
    expect(of('fasttrackml', 0.9)).toEqual(['lead 0.9 < 1']);
    expect(of('fasttrackml', 0.9, 'LogMetric')).toEqual([]);
  });
});
