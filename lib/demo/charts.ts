import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { DemoReport } from './report-types.ts';

/** One value of a column's drift on one day. */
export interface DriftPoint {
  readonly day: string;
  readonly column: string;
  readonly value: number;
}

const CONFIG = {
  background: 'white',
  font: 'system-ui, sans-serif',
  axis: { labelFontSize: 11, labelLimit: 0, titleFontSize: 12, gridColor: '#eee' },
  legend: { labelFontSize: 11, labelLimit: 0, titleFontSize: 12, titleLimit: 0 },
  view: { stroke: 'transparent' },
} as const;

/** Draws a Vega-Lite specification as SVG text, without a browser. */
async function draw(spec: TopLevelSpec): Promise<string> {
  const compiled = compile({ ...spec, config: CONFIG } as TopLevelSpec).spec;
  return new vega.View(vega.parse(compiled), { renderer: 'none' }).toSVG();
}

/** A row a column, a cell a day: so many columns would be a tangle as lines. */
export function driftChart(points: readonly DriftPoint[], threshold: number): Promise<string> {
  const limits = [threshold / 2, threshold, threshold * 5, threshold * 25];
  const bands = [`below ${limits[0]}`, ...limits.map((limit) => `from ${limit}`)];
  const bandOf = (value: number) => bands[limits.filter((limit) => value >= limit).length];
  return draw({
    width: 860,
    height: { step: 16 },
    data: { values: points.map((point) => ({ ...point, band: bandOf(point.value) })) },
    mark: { type: 'rect' },
    encoding: {
      x: { field: 'day', timeUnit: 'yearmonthdate', type: 'temporal', title: null },
      y: { field: 'column', type: 'nominal', title: null },
      color: {
        field: 'band',
        type: 'ordinal',
        title: 'PSI against the training data',
        legend: { orient: 'bottom' },
        scale: { domain: bands, range: ['#edf2f7', '#fde3b0', '#fba35d', '#de4a3c', '#8c1436'] },
      },
    },
  });
}

export function aucChart(report: DemoReport): Promise<string> {
  const values = report.versions.flatMap((version) =>
    Object.entries(version.auc).map(([month, auc]) => ({
      month,
      auc,
      version: `version ${version.version}`,
      champion: report.champion_by_month[month] === version.version ? 'champion' : 'shadow',
    })),
  );
  return draw({
    width: 860,
    height: 240,
    data: { values },
    encoding: {
      x: { field: 'month', type: 'ordinal', title: null, axis: { labelAngle: 0 } },
      y: { field: 'auc', type: 'quantitative', title: 'AUC', scale: { zero: false } },
      color: { field: 'version', type: 'nominal', title: null },
    },
    layer: [
      { mark: { type: 'line', strokeWidth: 2 } },
      {
        mark: { type: 'point', filled: true, size: 80 },
        encoding: { shape: { field: 'champion', type: 'nominal', title: null } },
      },
    ],
  });
}

export function timelineChart(report: DemoReport): Promise<string> {
  return draw({
    width: 860,
    height: 300,
    data: { values: report.events },
    mark: { type: 'tick', thickness: 2, size: 14 },
    encoding: {
      x: { field: 'at', type: 'temporal', title: 'time of the run', axis: { format: '%H:%M:%S' } },
      y: { field: 'type', type: 'nominal', title: null },
      color: { field: 'type', type: 'nominal', legend: null },
    },
  });
}

export function costChart(report: DemoReport): Promise<string> {
  const { write_units, read_units, requests } = report.cost;
  return draw({
    width: 860,
    height: 110,
    data: {
      values: [
        { what: 'write units', count: write_units },
        { what: 'read units', count: read_units },
        { what: 'requests', count: requests },
      ],
    },
    mark: { type: 'bar' },
    encoding: {
      x: { field: 'count', type: 'quantitative', title: null },
      y: { field: 'what', type: 'nominal', title: null },
    },
  });
}
