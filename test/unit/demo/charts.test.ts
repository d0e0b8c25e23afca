import { describe, expect, it } from 'vitest';
import { driftChart } from '../../../lib/demo/charts.ts';

describe('the chart of drift', () => {
  it('names each column in full and marks a day by how far it is beyond the limit', async () => {
    const column = 'minutes_that_the_flight_before_was_late_at_the_destination';
    const svg = await driftChart(
      [
        { day: '2001-02-01', column, value: 0.05 },
        { day: '2001-02-02', column, value: 0.2 },
        { day: '2001-02-03', column, value: 7 },
      ],
      0.2,
    );
    expect(svg).toContain(`>${column}<`);
    const cells = [...svg.matchAll(/data: ([^"]+)" role="graphics-symbol"[^>]* fill="([^"]+)"/g)];
    expect(cells.map(([, band, color]) => [band, color])).toEqual([
      ['below 0.1', '#edf2f7'],
      ['from 0.2', '#fba35d'],
      ['from 5', '#8c1436'],
    ]);
  });
});
