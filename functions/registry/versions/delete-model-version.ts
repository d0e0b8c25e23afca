import { outbox } from '../../events/outbox.ts';
import { endpointsServing } from '../../serving/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import {
  ConditionFailed,
  retryChanged,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { type AliasMove, aliasMoveWrites } from '../aliases/move-alias.ts';
import { ModelVersionDeleted, TransitionRequestAnswered } from '../events.ts';
import { getModel, listAliases, modelAdvance, registryTableName } from '../models/model-store.ts';
import type { TransitionRequest } from '../workspace/activity.ts';
import { clearPage, listRequests, requestDelete } from '../workspace/workspace-store.ts';
import { sameAliases } from './change-version.ts';
import { latestAfter } from './latest-of-stage.ts';
import { type ModelVersion, versionNumber } from './model-version.ts';
import { getVersion, versionDeletes } from './version-store.ts';

/** Throws INVALID_PARAMETER_VALUE for a version that an endpoint serves. */
export async function refuseServed(name: string, number: number): Promise<void> {
  const [endpoint] = await endpointsServing(name, String(number));
  if (endpoint === undefined) return;
  throw invalid(
    `Model Version (name=${name}, version=${number}) cannot be deleted: endpoint '${endpoint}' serves it`,
  );
}

/** What goes in the transaction that deletes the version, which holds 100 writes: two for each alias. */
const MAX_REQUESTS = 45;
const MAX_ALIASES = 20;

/**
 * Deletes a version and the aliases that name it, with what was asked for and said about it. Refused
 * while an endpoint serves the version. Aliases beyond some go first, each by itself: interrupted, it
 * leaves a version with fewer aliases, and the same request finishes the work.
 */
export async function deleteModelVersion(
  input: { readonly name: string; readonly version: string },
  context: OperationContext,
): Promise<void> {
  const { name } = input;
  const number = versionNumber(input.version);
  await refuseServed(name, number);
  await retryChanged(async () => {
    const most = (await removalsOf(name, number)).slice(MAX_ALIASES);
    for (const removal of most) await transactWrite(await aliasMoveWrites(removal, context));
    const version = await getVersion(name, number);
    const model = await getModel(name);
    // Read after the version, whose row tells whether aliases came since.
    const aliases = await removalsOf(name, number);
    if (aliases.length > MAX_ALIASES) throw new ConditionFailed(0, undefined);
    const requests = await listRequests(name, number);
    const asked = requests.slice(0, MAX_REQUESTS);
    const table = registryTableName();
    const now = context.clock();
    const deleted = {
      model: name,
      version: String(number),
      previous_stage: version.current_stage,
      previous_run_id: version.run_id ?? null,
      previous_source: version.source,
    };
    const [row, ...pointers] = versionDeletes(version, now);
    const moves = await Promise.all(
      aliases.map((alias) => aliasMoveWrites({ ...alias, deleted: true }, context)),
    );
    await transactWrite([
      modelAdvance(model, {
        latest: await latestAfter(model, new Map([[number, null]])),
        last_updated_timestamp: now,
        updated_by: context.actor.user,
      }),
      { ...(row as Write), ...sameAliases(version) },
      ...pointers,
      ...moves.flat(),
      ...asked.map((request) => requestDelete(name, number, request)),
      ...cancelledEvents(version, requests, context),
      outbox(table, ModelVersionDeleted, deleted, context),
    ]);
  });
  await clearPage(name, number);
}

/** The removals of a version's aliases. */
async function removalsOf(name: string, number: number): Promise<AliasMove[]> {
  const aliases = (await listAliases(name)).filter(({ version }) => version === number);
  const removal = { model: name, version: null, current: number, cause: 'deletion' };
  return aliases.map(({ alias }) => ({ ...removal, alias }));
}

/** Requests that nobody can answer any more: an event for each stage that was asked for. */
function cancelledEvents(
  { name: model, version, current_stage: from_stage }: ModelVersion,
  requests: readonly TransitionRequest[],
  context: OperationContext,
): Write[] {
  const about = { model, version: String(version), from_stage };
  const answer = { answer: 'cancelled', comment: 'the version was deleted' } as const;
  return [...new Set(requests.map(({ to_stage }) => to_stage))].map((to_stage) =>
    outbox(
      registryTableName(),
      TransitionRequestAnswered,
      { ...about, to_stage, ...answer },
      context,
    ),
  );
}
