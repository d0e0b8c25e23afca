import * as z from 'zod/mini';
import {
  getEndpoint,
  getLive,
  logGranularity,
  readLogPayload,
  requirePermission,
  seriesOf,
} from '../../serving/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { identityOf, labelsOf, readNewestRequests } from '../inference-log-store.ts';
import type { LabelledRequest } from '../windows/labels-evaluation.ts';
import { windowsDownFrom } from '../windows/window-store.ts';
import { type ArmData, armName, toArms } from './arm.ts';
import { compareArms } from './compare-arms.ts';
import { AB_METRICS, defaultMetric } from './quality.ts';

/** A report reads so many requests at most, the newest first: an answer takes 29 s at most. */
const MAX_REQUESTS = 50_000;
const CONCURRENCY = 32;

const querySchema = z.strictObject({
  /** A served entity, a version, or `entity@version`; by default the two with the most requests. */
  a: z.optional(z.string()),
  b: z.optional(z.string()),
  /** Windows from and until these times, ISO 8601. */
  from: z.optional(z.string()),
  to: z.optional(z.string()),
  metric: z.optional(z.enum(AB_METRICS)),
  alpha: z._default(z.coerce.number().check(z.gt(0), z.lt(0.5)), 0.05),
  power: z._default(z.coerce.number().check(z.gt(0.5), z.lt(1)), 0.8),
  /** Smallest difference that the plan is to find. */
  effect: z._default(z.coerce.number().check(z.gt(0)), 0.01),
});

/** Two versions that answered the same endpoint, side by side. */
export async function getAbReport(
  name: string,
  query: unknown,
  { actor }: OperationContext,
  maximum = MAX_REQUESTS,
) {
  const { a, b, metric, alpha, power, effect, from, to } = parseValue(query, querySchema);
  const endpoint = await getEndpoint(name);
  if (!endpoint) throw notFound(`Endpoint '${name}' does not exist`);
  requirePermission(name, endpoint, actor, 'CAN_VIEW');
  const series = seriesOf(endpoint.id, logGranularity((await getLive(name))?.monitor));
  const found = await readRequests(series, from ?? '0', to ?? '9', maximum);
  const arms = toArms(found.requests);
  const first = pick(arms, a, undefined);
  const second = pick(arms, b, first);
  if (!first || !second) {
    const names = arms.map(armName).join(', ') || 'none';
    throw invalid(
      `A comparison takes two arms with requests in the time asked for; there are: ${names}`,
    );
  }
  const comparison = {
    metric: metric ?? defaultMetric([first, second]),
    aim: { effect, alpha, power },
  };
  return {
    endpoint: name,
    windows: found.windows,
    truncated: found.truncated,
    confidence: 1 - alpha,
    ...compareArms(first, second, comparison),
  };
}

function pick(arms: readonly ArmData[], wanted: string | undefined, other: ArmData | undefined) {
  const rest = arms.filter((arm) => arm !== other);
  if (wanted === undefined) return rest[0];
  return rest.find((arm) => [armName(arm), arm.version, arm.entity].includes(wanted));
}

async function readRequests(series: string, from: string, to: string, maximum: number) {
  const requests: LabelledRequest[] = [];
  const windows: string[] = [];
  for await (const { window } of windowsDownFrom(series, to)) {
    if (window < from) break;
    if (requests.length >= maximum) return { requests, windows, truncated: true };
    windows.push(window);
    const newest = await readNewestRequests(series, window, maximum - requests.length);
    const labels = await labelsOf(newest.requests);
    const rows = newest.requests.values();
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        for (const row of rows) {
          const label = labels.get(identityOf(row));
          requests.push({ row, label, payload: await readLogPayload(row) });
        }
      }),
    );
    if (newest.more) return { requests, windows, truncated: true };
  }
  return { requests, windows, truncated: false };
}
