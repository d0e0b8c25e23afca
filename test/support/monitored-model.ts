import { type Baseline, numericReference } from '../../functions/monitoring/drift/summary.ts';
import { moveAlias } from '../../functions/registry/aliases/move-alias.ts';
import { createRegisteredModel } from '../../functions/registry/models/create-registered-model.ts';
import type { OperationContext } from '../../functions/shared/context.ts';
import type { Platform } from './platform.ts';
import { type tinyRows, trainTiny } from './tiny-model.ts';

/** The baseline that training on these rows would have left for a model of column `x`. */
function baselineOf(rows: ReturnType<typeof tinyRows>): string {
  const column = (name: 'x') => numericReference(rows.map((row) => row[name]));
  const positives = rows.filter(({ label }) => label === 1).length;
  const baseline: Baseline = {
    format: 'slipway.baseline',
    version: 1,
    rows: rows.length,
    columns: { x: column('x') },
    label: { name: 'label', task: 'binary', mean: positives / rows.length },
    prediction: numericReference([0, 0.25, 0.5, 0.75, 1]),
  };
  return JSON.stringify(baseline);
}

/** A model whose version 1 is the champion, with an endpoint of the same name that serves it. */
export async function aMonitoredModel(
  platform: Platform,
  model: string,
  rows: ReturnType<typeof tinyRows>,
  context: OperationContext,
  config: object = {},
): Promise<void> {
  await createRegisteredModel({ name: model }, context);
  const files = { 'baseline/summary.json': baselineOf(rows) };
  await trainTiny(platform, model, 'x', context, { files });
  await moveAlias({ model, alias: 'champion', version: '1', cause: 'request' }, context);
  await platform.serving('POST', '/api/2.0/serving-endpoints', {
    name: model,
    config: {
      served_entities: [{ name: 'main', entity_name: model, entity_version: '@champion' }],
      monitor: { timestamp_column: 'at', label_lateness: 'PT0S' },
      ...config,
    },
  });
  await platform.settle();
}

/** One request of an application: rows of one time, and an id of the caller's. */
export function aRequest(
  rows: ReturnType<typeof tinyRows>,
  time: string,
  options: { id?: string; shift?: number } = {},
) {
  return {
    dataframe_records: rows.map(({ x, z, n }) => ({ x: x + (options.shift ?? 0), z, n, at: time })),
    ...(options.id && { client_request_id: options.id }),
  };
}

interface WindowView {
  readonly window: string;
  readonly inputs: Readonly<Record<string, unknown>> & {
    readonly state: string;
    readonly settled: boolean;
    readonly columns?: readonly { readonly column: string; readonly psi: number }[];
  };
  readonly labels: Readonly<Record<string, unknown>> & {
    readonly state: string;
    readonly settled: boolean;
    readonly versions?: readonly Readonly<Record<string, unknown>>[];
  };
}

interface WindowsView {
  readonly windows: readonly WindowView[];
  readonly watermarks: Readonly<
    Record<'inputs' | 'labels', { seen_until: string | null; closed_until: string | null }>
  >;
  readonly next?: string;
}

export async function windowsOf(
  platform: Platform,
  endpoint: string,
  query = '',
): Promise<WindowsView> {
  const path = `/api/slipway/v1/endpoints/${endpoint}/windows${query}`;
  return (await platform.monitoring('GET', path)).body as WindowsView;
}
