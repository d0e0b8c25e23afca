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
  axis: { labelFontSize: 11, titleFontSize: 12, gridColor: '#eee' },
  legend: { labelFontSize: 11, titleFontSize: 12 },
  view: { stroke: 'transparent' },
} as const;

/** Draws a Vega-Lite specification as SVG text, without a browser. */
async function draw(spec: TopLevelSpec): Promise<string> {
  const compiled = compile({ ...spec, config: CONFIG } as TopLevelSpec).spec;
  return new vega.View(vega.parse(compiled), { renderer: 'none' }).toSVG();
}

export function driftChart(points: readonly DriftPoint[], threshold: number): Promise<string> {
  return draw({
    width: 860,
    height: 240,
    data: { values: [...points] },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1.2 },
        encoding: {
          x: { field: 'day', type: 'temporal', title: null },
          y: { field: 'value', type: 'quantitative', title: 'PSI against the training data' },
          color: {
            field: 'column',
            type: 'nominal',
            title: 'column',
            scale: { scheme: 'tableau20' },
          },
        },
      },
      {
        mark: { type: 'rule', strokeDash: [5, 4], color: '#b00' },
        encoding: { y: { datum: threshold } },
      },
    ],
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
