import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sighting } from '../../../../functions/monitoring/windows/sighting.ts';
import { watchWindows } from '../../../../functions/monitoring/windows/watch-windows.ts';
import { getSeriesState } from '../../../../functions/monitoring/windows/window-store.ts';
import { newHexId } from '../../../../functions/shared/ids.ts';
import { windowAt } from '../../../../functions/shared/time-window.ts';
import { aContext } from '../../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';
import { announced } from '../../../support/outbox.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const context = aContext();
const aSeries = (granularity = 'P1D') => `${newHexId()}:${granularity}`;

/** A request (or a label of a request) of `time`, both in ISO 8601. */
function sighting(series: string, time: string, label?: { readonly at: string }): Sighting {
  const granularity = series.slice(series.indexOf(':') + 1);
  return {
    series,
    endpoint: 'e',
    window: windowAt(Date.parse(time), granularity).id,
    kind: label ? 'labels' : 'inputs',
    time: Date.parse(label?.at ?? time),
  };
}

const eventsOf = async (series: string, type = 'WindowClosed') =>
  (await announced('platform'))
    .filter((event) => event.type === type && event.data.series === series)
    .map(({ data }) => `${data.kind} ${String(data.window).slice(0, 10)}`);

describe('watchWindows', () => {
  it('closes a window when a request of a later one comes, and not before', async () => {
    const series = aSeries();
    const watch = (...times: string[]) =>
      watchWindows(
        times.map((time) => sighting(series, time)),
        context,
      );
    await watch('2001-01-01T08:00:00Z', '2001-01-01T23:59:59.999Z');
    expect(await eventsOf(series)).toEqual([]);
    await watch('2001-01-02T00:00:00Z');
    expect(await eventsOf(series)).toEqual(['inputs 2001-01-01']);
  });

  it('closes the windows behind a gap in their order, and none that has no rows', async () => {
    const series = aSeries();
    const times = ['2001-01-03', '2001-01-01', '2001-01-02', '2001-03-01'];
    await watchWindows(
      times.map((day) => sighting(series, `${day}T12:00:00Z`)),
      context,
    );
    expect(await eventsOf(series)).toEqual([
      'inputs 2001-01-01',
      'inputs 2001-01-02',
      'inputs 2001-01-03',
    ]);
  });

  it('closes labels by the event time of the labels, a day late by default', async () => {
    const series = aSeries();
    const label = (request: string, at: string) =>
      watchWindows([sighting(series, request, { at })], context);
    await label('2001-01-01T08:00:00Z', '2001-01-01T20:00:00Z');
    await label('2001-01-01T09:00:00Z', '2001-01-02T23:00:00Z');
    expect(await eventsOf(series)).toEqual([]);
    await label('2001-01-02T09:00:00Z', '2001-01-03T00:00:00Z');
    expect(await eventsOf(series)).toEqual(['labels 2001-01-01']);
  });

  it('announces rows that come for a closed window', async () => {
    const series = aSeries();
    const watch = (time: string) => watchWindows([sighting(series, time)], context);
    await watch('2001-01-01T08:00:00Z');
    await watch('2001-01-05T08:00:00Z');
    await watch('2001-01-01T09:00:00Z');
    await watch('2001-01-03T09:00:00Z');
    expect(await eventsOf(series)).toEqual(['inputs 2001-01-01', 'inputs 2001-01-03']);
    expect(await eventsOf(series, 'WindowAmended')).toEqual(['inputs 2001-01-01']);
  });

  it('closes more windows than one transaction holds', async () => {
    const series = aSeries('PT5M');
    const start = Date.parse('2001-01-01T00:00:00Z');
    const times = Array.from({ length: 150 }, (_, i) =>
      new Date(start + i * 300_000).toISOString(),
    );
    await watchWindows(
      times.map((time) => sighting(series, time)),
      context,
    );
    const closed = (await announced('platform')).filter(
      ({ type, data }) => type === 'WindowClosed' && data.series === series,
    );
    expect(closed.map(({ data }) => Date.parse(String(data.window)))).toEqual(
      times.slice(0, -1).map((time) => Date.parse(time)),
    );
  });

  it('closes each window once, however the rows are cut, repeated and reordered', async () => {
    const day = fc.integer({ min: 0, max: 6 });
    const batches = fc.array(fc.array(day, { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(batches, fc.boolean(), async (cut, twice) => {
        const series = aSeries();
        for (const batch of cut) {
          const rows = batch.map((n) => sighting(series, `2001-01-0${n + 1}T12:00:00Z`));
          await watchWindows(rows, context);
          if (twice) await watchWindows(rows, context);
        }
        const days = [...new Set(cut.flat())].sort();
        const expected = days
          .filter((n) => n < Math.max(...days))
          .map((n) => `inputs 2001-01-0${n + 1}`);
        expect((await eventsOf(series)).sort()).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('closes each window once when several watchers work at the same time', async () => {
    const series = aSeries();
    await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        watchWindows([sighting(series, `2001-01-0${i + 1}T12:00:00Z`)], context),
      ),
    );
    expect((await eventsOf(series)).sort()).toEqual(
      [1, 2, 3, 4, 5].map((n) => `inputs 2001-01-0${n}`),
    );
    expect((await getSeriesState(series))?.inputs.watermark).toBe(
      Date.parse('2001-01-06T12:00:00Z'),
    );
  });
});
