import * as z from 'zod/mini';
import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { conditionHeld, transactWrite } from '../../shared/dynamo/index.ts';
import { newId } from '../../shared/ids.ts';
import { getEndpoint, getLive, platformTableName } from '../endpoints/endpoint-store.ts';
import { EndpointDeploymentFailed } from '../events.ts';
import { listPreparations } from '../preparation/preparation-store.ts';
import { recordPreparation } from '../preparation/record-preparation.ts';
import type { Candidate, Step } from './deployment-step.ts';
import { noteInstances } from './instances.ts';
import { planDeployment } from './plan-deployment.ts';
import { deploymentName, deploymentOf } from './workload.ts';

export const about = {
  endpoint: z.string(),
  endpoint_id: z.string(),
  /** Name of the SageMaker endpoint; absent in executions that began before there were several. */
  deployment: z.optional(z.string()),
};

/** The version that an execution was started for. */
export const own = z.object({
  preparation: z.string(),
  model: z.string(),
  version: z.string(),
  variant: z.string(),
});

const memory = z.object({
  tried: z.string(),
  problem: z.string(),
  weighted: z.boolean(),
  scaled: z.optional(z.boolean()),
  unscaled: z.optional(z.array(z.string())),
  told: z.boolean(),
  configs: z.array(z.string()),
  variants: z.array(z.string()),
});

export const planInput = z.object({
  ...about,
  own: z.nullable(own),
  seen: z.object({
    status: z.string(),
    config: z.string(),
    variants: z.array(
      z.object({ name: z.string(), weight: z.number(), instances: z.optional(z.int()) }),
    ),
    failure: z.string(),
  }),
  memory,
  looks: z.int(),
});

/** What an execution of `deploy` does next. */
export async function planNextStep(
  input: z.infer<typeof planInput>,
  context: OperationContext,
): Promise<Step> {
  const { endpoint: name, endpoint_id: id, deployment: wanted = deploymentName(id) } = input;
  const { own, looks } = input;
  // Before the preparations: a version that was switched to meanwhile was ready before.
  const [endpoint, live] = [await getEndpoint(name), await getLive(name)];
  const exists = endpoint?.id === id;
  const serving = exists && live?.endpointId === id ? live.entities : [];
  const weights = new Map<string, number>();
  for (const { deployed, weight } of serving) {
    if (deployed?.endpoint === wanted)
      weights.set(deployed.variant, (weights.get(deployed.variant) ?? 0) + weight);
  }
  const known = (await listPreparations(id)).flatMap(({ deployment, ...row }): Candidate[] =>
    deployment && deploymentOf(id, deployment) === wanted ? [{ ...row, deployment }] : [],
  );
  // In other states nothing is recorded yet: the next look will find the deployment settled.
  if (['InService', 'Absent'].includes(input.seen.status)) {
    await noteInstances(id, known, input.seen, context.clock());
  }
  const queue = wanted.slice(deploymentName(id).length + 1);
  const gone = exists ? '' : 'its endpoint was deleted';
  const scaled = known.filter(({ deployment: one }) => one.instance_maximum !== undefined);
  return planDeployment({
    candidates: exists ? known : [],
    looks,
    seen: input.seen,
    live: weights,
    scaled: new Set(scaled.map(({ deployment: one }) => one.variant)),
    name: wanted,
    ...(queue !== '' && { queue }),
    memory: { ...input.memory, problem: input.memory.problem || (own ? gone : '') },
    own: own?.preparation ?? null,
    now: context.clock(),
  });
}

export const recordInput = z.object({
  ...about,
  own: z.nullable(own),
  /** Why SageMaker's endpoint could not be changed; empty when it was. */
  problem: z.string(),
});

/** Records whether a version came up, or announces a failed change that no version waits for. */
export async function recordDeployment(
  { own, ...change }: z.infer<typeof recordInput>,
  context: OperationContext,
): Promise<{ state: string }> {
  if (own) {
    const { endpoint, endpoint_id, problem } = change;
    const result = { problem, environment: own.variant, log: problem };
    return recordPreparation({ endpoint, endpoint_id, ...own, ...result }, context);
  }
  await tellOfFailure(change, newId(), context);
  return { state: 'TOLD' };
}

/** Announces a failed change that no version waits for; once for each event id. */
export async function tellOfFailure(
  { endpoint, endpoint_id, deployment, problem }: Omit<z.infer<typeof recordInput>, 'own'>,
  id: string,
  context: OperationContext,
): Promise<void> {
  const name = deployment ?? deploymentName(endpoint_id);
  const data = { endpoint, deployment: name, message: problem };
  const event = outbox(platformTableName(), EndpointDeploymentFailed, data, context, id);
  await conditionHeld(transactWrite([{ ...event, condition: 'attribute_not_exists(pk)' }]));
}
