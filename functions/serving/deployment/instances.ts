import { key, queryAll, writeOne } from '../../shared/dynamo/index.ts';
import { platformTableName } from '../endpoints/endpoint-store.ts';
import type { Candidate, Seen } from './deployment-step.ts';
import type { Workload } from './workload.ts';

/** A time over which SageMaker had instances of a variant. */
interface InstancePeriod extends Workload {
  readonly variant: string;
  readonly model: string;
  /** Epoch milliseconds; without an end it has them still. */
  readonly from: number;
  readonly to?: number;
}

/** Every such time of an endpoint, by variant. */
export async function listInstances(endpointId: string): Promise<InstancePeriod[]> {
  const rows = queryAll<InstancePeriod>({
    table: platformTableName(),
    condition: 'pk = :pk',
    values: { ':pk': key('INSTANCES', endpointId) },
  });
  const found: InstancePeriod[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

/**
 * Notes which variants of a deployment have instances, and which have them no more. Looks are seconds
 * apart while something changes, so a period is right to within seconds.
 */
export async function noteInstances(
  endpointId: string,
  candidates: readonly Pick<Candidate, 'deployment' | 'model'>[],
  { variants }: Pick<Seen, 'variants'>,
  now: number,
): Promise<void> {
  const open = (await listInstances(endpointId)).filter(({ to }) => to === undefined);
  const present = new Set(variants.map(({ name }) => name));
  for (const { deployment, model } of candidates) {
    const { location: _, ...workload } = deployment;
    const { variant } = workload;
    const period = open.find((one) => one.variant === variant);
    if (present.has(variant) === (period !== undefined)) continue;
    const row: InstancePeriod = period ? { ...period, to: now } : { ...workload, model, from: now };
    const sk = key(variant, row.from);
    const put = { pk: key('INSTANCES', endpointId), sk, type: 'instances', ...row };
    await writeOne({ put, table: platformTableName() });
  }
}
