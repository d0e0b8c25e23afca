import * as z from 'zod/mini';
import type { OperationContext } from '../../shared/context.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { existingEndpoint } from '../endpoints/get-endpoint.ts';
import { requirePermission, requireToTakeBack } from '../endpoints/require-permission.ts';
import { abortRollout, promoteRollout } from './end-rollout.ts';
import { describeEvidence } from './evidence.ts';
import { existingRollout } from './find-rollout.ts';
import { describeRollout, type Rollout } from './rollout.ts';
import { listRolloutPage } from './rollout-store.ts';

const DEFAULT_LIMIT = 50;

const listQuery = z.strictObject({
  limit: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(200))),
  before: z.optional(z.string()),
});

const describe = (rollout: Rollout) =>
  describeRollout(rollout, describeEvidence(rollout.evidence, rollout.strategy));

/** Rollouts of the endpoint, newest first; `next` is given back as `before`. */
export async function listRollouts(
  name: string,
  query: unknown,
  { actor }: OperationContext,
): Promise<{ rollouts: object[]; next?: string }> {
  const { limit = DEFAULT_LIMIT, before } = parseValue(query, listQuery);
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, actor, 'CAN_VIEW');
  const { rollouts, more } = await listRolloutPage(endpoint, {
    limit,
    ...(before !== undefined && { before }),
  });
  const last = rollouts.at(-1)?.id;
  return { rollouts: rollouts.map(describe), ...(more && last !== undefined && { next: last }) };
}

export async function getRolloutDescription(
  name: string,
  id: string,
  { actor }: OperationContext,
): Promise<Record<string, unknown>> {
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, actor, 'CAN_VIEW');
  return describe(await existingRollout(endpoint, id));
}

const reasonSchema = z.strictObject({ reason: z.optional(z.string().check(z.maxLength(2000))) });

/** Ends the rollout without waiting for the analysis: a person either way, a program by taking it back. */
export async function endRollout(
  ending: { readonly name: string; readonly id: string; readonly promote: boolean },
  body: unknown,
  context: OperationContext,
): Promise<Record<string, unknown>> {
  const { name, id, promote } = ending;
  const { user } = context.actor;
  const { reason = `${promote ? 'promoted' : 'aborted'} by ${user}` } = parseValue(
    body,
    reasonSchema,
  );
  const endpoint = await existingEndpoint(name);
  if (promote) requirePermission(name, endpoint, context.actor, 'CAN_MANAGE');
  else requireToTakeBack(name, endpoint, context.actor);
  await existingRollout(endpoint, id);
  const end = promote ? promoteRollout : abortRollout;
  await end({ endpoint: name, rollout_id: id, reason }, context);
  return describe(await existingRollout(endpoint, id));
}
