import { outbox } from '../../events/outbox.ts';
import {
  aliasMoveWrites,
  getVersionByAlias,
  moveAlias,
  versionNumber,
} from '../../registry/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged } from '../../shared/dynamo/index.ts';
import { changeConfig } from '../endpoints/change-config.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { getConfig, getEndpoint, platformTableName } from '../endpoints/endpoint-store.ts';
import { aliasOf } from '../endpoints/entity-version.ts';
import { reconcileEndpoint } from '../endpoints/reconcile-endpoint.ts';
import { EndpointConfigChanged } from '../events.ts';
import { changeRollout } from './change-rollout.ts';
import { RolloutAborted, RolloutPromoted } from './events.ts';
import { rolloutInPlace } from './find-rollout.ts';
import type { ActiveRollout, Rollout } from './rollout.ts';
import { getRollout, saveAliasRestored } from './rollout-store.ts';

interface Ending {
  readonly endpoint: string;
  readonly rollout_id: string;
  readonly reason: string;
}

/**
 * Takes the candidate off at once: the data path first, then the alias, if it names the candidate,
 * goes back to the version that was served all the time. A repetition goes on where the last try stopped.
 */
export async function abortRollout(
  { endpoint: name, rollout_id: id, reason }: Ending,
  context: OperationContext,
): Promise<{ readonly status: 'aborted' | 'over' }> {
  const table = platformTableName();
  const found = await rolloutInPlace(name, id);
  const alias = found && (await aliasOfEntity(found.endpoint, found.active));
  await changeRollout(name, id, context, ({ active }) => {
    if (active.promoted) return undefined;
    const named = active.cause === 'alias';
    return {
      active: null,
      ...(named && { state: { refusedVersion: active.to } }),
      rollout: {
        status: 'ABORTED',
        share: 0,
        endedAt: context.clock(),
        reason,
        ...(named && alias !== undefined && { aliasToRestore: alias }),
      },
      announce: (about) => outbox(table, RolloutAborted, { ...about, reason }, context),
    };
  });
  const rollout = await getRollout(name, id);
  if (rollout?.status !== 'ABORTED') return { status: 'over' };
  await reconcileEndpoint(name, 'RolloutAborted', context);
  await restoreAlias(rollout, context);
  return { status: 'aborted' };
}

function restoreAlias({ endpoint, id }: Rollout, context: OperationContext): Promise<void> {
  return retryChanged(async () => {
    const rollout = await getRollout(endpoint, id);
    const alias = rollout?.aliasToRestore;
    if (!rollout || typeof alias !== 'string') return;
    const { model, from, to } = rollout;
    const cause = `rollout ${id} aborted`;
    const move = { model, alias, version: versionNumber(from), current: versionNumber(to), cause };
    const isNamed = (await getVersionByAlias(model, alias)) === to;
    await saveAliasRestored(rollout, isNamed ? await aliasMoveWrites(move, context) : []);
  });
}

/**
 * Lets the candidate take over: it is decided for in one write, and then asked for where the entity's
 * version comes from, the alias or the configuration. A repetition goes on where the last try stopped.
 */
export async function promoteRollout(
  { endpoint: name, rollout_id: id, reason }: Ending,
  context: OperationContext,
): Promise<{ readonly status: 'promoted' | 'over' }> {
  const table = platformTableName();
  const found = await changeRollout(name, id, context, ({ active }) => {
    if (active.promoted) return undefined;
    return {
      active: { promoted: true },
      rollout: { status: 'PROMOTED', endedAt: context.clock(), reason },
      announce: (about) => outbox(table, RolloutPromoted, { ...about, reason }, context),
    };
  });
  if (!found) return { status: 'over' };
  if (found.active.cause === 'request') await askForVersion(name, found.active, context);
  await reconcileEndpoint(name, 'RolloutPromoted', context);
  return { status: 'promoted' };
}

async function askForVersion(name: string, active: ActiveRollout, context: OperationContext) {
  const endpoint = await getEndpoint(name);
  if (!endpoint) return;
  const { entity, model, from, to } = active;
  const alias = await aliasOfEntity(endpoint, active);
  if (alias !== undefined) {
    const cause = `rollout ${active.id} promoted`;
    await moveAlias({ model, alias, version: to, expectedCurrent: from, cause }, context);
    return;
  }
  const wanted = await getConfig(endpoint, endpoint.target);
  if (!wanted || endpoint.target !== active.config) return;
  const served_entities = wanted.config.served_entities.map((one) =>
    one.name === entity ? { ...one, entity_version: to } : one,
  );
  await changeConfig(
    endpoint,
    { ...wanted.config, served_entities },
    {
      definition: EndpointConfigChanged,
      data: (config) => ({ endpoint: name, config, previous: endpoint.target }),
    },
    context,
  );
}

async function aliasOfEntity(endpoint: Endpoint, { entity, config }: ActiveRollout) {
  const numbered = await getConfig(endpoint, config);
  const found = numbered?.config.served_entities.find(({ name }) => name === entity);
  return found && aliasOf(found.entity_version);
}
