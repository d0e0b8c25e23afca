import * as z from 'zod/mini';
import { EXECUTION_TAG } from '../pipelines/index.ts';
import { findRegisteredModel, listVersions } from '../registry/index.ts';
import {
  type Endpoint,
  endpointsServing,
  getEndpoint,
  permissionOf,
  requirePermission,
} from '../serving/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { notFound } from '../shared/errors.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { loadRun } from '../tracking/index.ts';
import { instanceCosts } from './instance-costs.ts';
import { type Period, servingCosts } from './serving-costs.ts';
import { trainingCosts } from './training-costs.ts';

const time = z.optional(z.iso.datetime({ offset: true }));

const querySchema = z
  .strictObject({
    endpoint: z.optional(z.string()),
    model: z.optional(z.string()),
    run: z.optional(z.string()),
    from: time,
    to: time,
  })
  .check(
    z.refine(
      ({ endpoint, model, run }) =>
        [endpoint, model, run].filter((one) => one !== undefined).length === 1,
      'one of endpoint, model and run must be given',
    ),
  );

/**
 * What an endpoint, a model or a run cost, by what was metered at list prices. Requests count whose
 * windows begin from `from` to `to` (ISO 8601, event time), trainings of a model or a run always.
 */
export async function getCosts(query: unknown, context: OperationContext): Promise<object> {
  const { endpoint, model, run, from, to } = parseValue(query, querySchema);
  const period = {
    from: from === undefined ? 0 : Date.parse(from),
    to: to === undefined ? context.clock() : Date.parse(to),
  };
  if (endpoint !== undefined) return endpointCosts(endpoint, period, context);
  if (model !== undefined) return modelCosts(model, period, context);
  const { tags, run_id } = await loadRun(run ?? '');
  const training = await trainingCosts([tags[EXECUTION_TAG]]);
  return { run: run_id, training, usd: training.usd };
}

async function endpointCosts(name: string, period: Period, { actor }: OperationContext) {
  const endpoint = await getEndpoint(name);
  if (!endpoint) throw notFound(`Endpoint '${name}' does not exist`);
  requirePermission(name, endpoint, actor, 'CAN_VIEW');
  const [serving, instances] = await Promise.all([
    servingCosts([endpoint], period),
    instanceCosts([endpoint.id], period),
  ]);
  const usd = instances.usd === null ? null : serving.usd + instances.usd;
  return { endpoint: name, serving, instances, usd };
}

/** Counts the endpoints that serve a version of the model now and that the caller may view. */
async function modelCosts(name: string, period: Period, { actor }: OperationContext) {
  if (!(await findRegisteredModel(name))) throw notFound(`Registered model '${name}' not found`);
  const executions: (string | undefined)[] = [];
  const endpoints = new Set<string>();
  for await (const version of listVersions(name)) {
    executions.push(version.tags[EXECUTION_TAG]);
    for (const one of await endpointsServing(name, String(version.version))) endpoints.add(one);
  }
  const found = await Promise.all([...endpoints].map(getEndpoint));
  const visible = found.filter((one): one is Endpoint => !!one && !!permissionOf(one, actor));
  const ids = visible.map(({ id }) => id);
  const [training, serving, instances] = await Promise.all([
    trainingCosts(executions),
    servingCosts(visible, period, name),
    instanceCosts(ids, period, name),
  ]);
  const known = training.usd !== null && instances.usd !== null;
  const usd = known ? training.usd + serving.usd + instances.usd : null;
  return { model: name, training, serving, instances, usd };
}
