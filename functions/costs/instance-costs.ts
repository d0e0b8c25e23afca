import { listInstances } from '../serving/index.ts';
import { HOUR_MS } from '../shared/duration.ts';
import { instancePrice } from '../shared/price-list.ts';
import type { Period } from './serving-costs.ts';

interface InstanceCosts {
  readonly hours: number;
  /** At list prices; null when the price of an instance is not known. */
  readonly usd: number | null;
  /** True when some of the instances come and go: they are counted as if all were always there. */
  readonly at_most: boolean;
}

/**
 * Hours and dollars of the instances on which SageMaker serves endpoints, over a period; with `model`, of the
 * instances that serve its versions.
 */
export async function instanceCosts(
  endpointIds: readonly string[],
  { from, to }: Period,
  model?: string,
): Promise<InstanceCosts> {
  let hours = 0;
  let usd: number | null = 0;
  let atMost = false;
  const periods = (await Promise.all(endpointIds.map(listInstances))).flat();
  for (const period of periods) {
    if (model !== undefined && period.model !== model) continue;
    const over = Math.min(period.to ?? to, to) - Math.max(period.from, from);
    if (over <= 0) continue;
    const { instance_count: count, instance_maximum: most = count } = period;
    const instanceHours = (over / HOUR_MS) * most;
    const price = instancePrice(period.instance_type, instanceHours * 3600);
    hours += instanceHours;
    usd = usd === null || price === null ? null : usd + price;
    atMost ||= period.scale_to_zero === true || most > count;
  }
  return { hours, usd, at_most: atMost };
}
