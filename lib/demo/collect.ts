import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRICES } from '../../functions/shared/price-list.ts';
import type { Api, ApiEvent } from './api.ts';
import type { DriftPoint } from './charts.ts';
import { ENDPOINT, MODEL } from './documents.ts';
import type { ReportedEvent, ReportedPromotion, ReportedVersion } from './report-types.ts';

interface Histogram {
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
}

interface VersionWindow {
  readonly version: string;
  readonly rows: number;
  readonly log_loss: number;
  readonly histogram: Histogram;
}

interface WindowView {
  readonly window: string;
  readonly inputs: {
    readonly columns?: readonly { readonly column: string; readonly psi: number | null }[];
    readonly breaches?: readonly {
      column: string;
      metric: string;
      value: number;
      threshold: number;
    }[];
  };
  readonly labels: {
    readonly versions?: readonly VersionWindow[];
    readonly breaches?: readonly {
      column: string;
      metric: string;
      value: number;
      threshold: number;
    }[];
  };
}

/** Every window of the endpoint, oldest first. */
export async function allWindows(api: Api): Promise<WindowView[]> {
  const all: WindowView[] = [];
  for (let after = ''; ; ) {
    const path = `/api/slipway/v1/endpoints/${ENDPOINT}/windows?limit=100${after && `&after=${after}`}`;
    const page = await api.get<{ windows: WindowView[]; next?: string }>(path);
    all.push(...page.windows);
    if (!page.next) return all;
    after = page.next;
  }
}

export const driftPoints = (windows: readonly WindowView[]): DriftPoint[] =>
  windows.flatMap(({ window, inputs }) =>
    (inputs.columns ?? []).flatMap(({ column, psi }) =>
      psi === null ? [] : [{ day: window.slice(0, 10), column, value: psi }],
    ),
  );

/** AUC and log loss of each version by month, from the windows' histograms added up. */
export function qualityByMonth(
  windows: readonly WindowView[],
  trainedOn: ReadonlyMap<string, string>,
): ReportedVersion[] {
  const versions = new Map<string, Map<string, VersionWindow[]>>();
  for (const { window, labels } of windows) {
    for (const quality of labels.versions ?? []) {
      const months = versions.get(quality.version) ?? new Map<string, VersionWindow[]>();
      const month = window.slice(0, 7);
      months.set(month, [...(months.get(month) ?? []), quality]);
      versions.set(quality.version, months);
    }
  }
  return [...versions]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([version, months]) => ({
      version,
      trained_on: trainedOn.get(version) ?? '',
      auc: mapMonths(months, (parts) => aucOf(parts.map(({ histogram }) => histogram))),
      log_loss: mapMonths(months, meanLogLoss),
    }));
}

function mapMonths(
  months: ReadonlyMap<string, readonly VersionWindow[]>,
  figure: (parts: readonly VersionWindow[]) => number,
): Record<string, number> {
  return Object.fromEntries([...months].map(([month, parts]) => [month, round(figure(parts))]));
}

const round = (value: number) => Math.round(value * 1e5) / 1e5;

function meanLogLoss(parts: readonly VersionWindow[]): number {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return parts.reduce((sum, part) => sum + part.log_loss * part.rows, 0) / rows;
}

/** Area under the ROC curve of added histograms; scores within one bin count as ties. */
function aucOf(histograms: readonly Histogram[]): number {
  const bins = histograms[0]?.positives.length ?? 0;
  const total = (side: 'positives' | 'negatives', bin: number) =>
    histograms.reduce((sum, histogram) => sum + (histogram[side][bin] ?? 0), 0);
  let [below, pairs, positives] = [0, 0, 0];
  for (let bin = 0; bin < bins; bin++) {
    const up = total('positives', bin);
    const down = total('negatives', bin);
    pairs += up * (below + down / 2);
    below += down;
    positives += up;
  }
  return pairs / (positives * below);
}

interface PromotionView {
  readonly challenger: string;
  readonly champion: string | null;
  readonly verdict: string;
  readonly evidence: {
    readonly kind: string;
    readonly comparison?: {
      readonly test: string;
      readonly estimate: number;
      readonly interval: [number, number];
    };
  };
}

export async function promotionsOf(api: Api): Promise<ReportedPromotion[]> {
  const { promotions } = await api.get<{ promotions: PromotionView[] }>(
    `/api/slipway/v1/models/${MODEL}/promotions`,
  );
  return promotions
    .map(({ challenger, champion, verdict, evidence: { kind, comparison } }) => ({
      challenger,
      champion,
      test: comparison?.test ?? kind,
      estimate: comparison?.estimate ?? null,
      interval: comparison?.interval ?? null,
      verdict,
    }))
    .sort((a, b) => Number(a.challenger) - Number(b.challenger));
}

/** Events with the time since the event that caused them. */
export function timeline(events: readonly ApiEvent[]): ReportedEvent[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return events.map((event) => {
    const cause = byId.get(event.causation_id ?? '');
    return {
      type: event.type,
      at: event.time,
      after_ms: cause ? Date.parse(event.time) - Date.parse(cause.time) : null,
    };
  });
}

/** Adds up what the functions metered: their logs hold one embedded metric line an invocation. */
export function meteredCost(logFolder: string) {
  const sums = { write: 0, read: 0, requests: 0 };
  for (const file of readdirSync(logFolder)) {
    if (!/\.log(\.1)?$/.test(file)) continue;
    for (const line of readFileSync(join(logFolder, file), 'utf8').split('\n')) {
      if (!line.includes('"WriteUnits"')) continue;
      const metrics = JSON.parse(line) as {
        WriteUnits: number;
        ReadUnits: number;
        Requests: number;
      };
      sums.write += metrics.WriteUnits;
      sums.read += metrics.ReadUnits;
      sums.requests += metrics.Requests;
    }
  }
  const usd =
    sums.write * PRICES.writeUnit + sums.read * PRICES.readUnit + sums.requests * PRICES.request;
  return {
    write_units: Math.round(sums.write),
    read_units: Math.round(sums.read),
    requests: sums.requests,
    usd: Math.round(usd * 1e6) / 1e6,
  };
}
