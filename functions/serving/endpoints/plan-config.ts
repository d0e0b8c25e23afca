import { artifactLocation } from '../../artifacts/index.ts';
import { getModelVersion, getVersionByAlias, locationOf } from '../../registry/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { DomainError } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import { deployedOn, type Workload, workloadOf } from '../deployment/workload.ts';
import { bringUp } from '../preparation/bring-up.ts';
import { prepareVersion } from '../preparation/prepare-version-store.ts';
import type { ActiveRollout } from '../rollout/rollout.ts';
import type { Endpoint, EntityState, LiveConfig, LiveEntity, NumberedConfig } from './endpoint.ts';
import type { ServedEntity } from './endpoint-config.ts';
import { aliasOf } from './entity-version.ts';

/** What serving a configuration would mean at this moment. */
export interface Plan {
  readonly number: number;
  /** False: an entity with traffic cannot answer, so what is served now has to stay. */
  readonly servable: boolean;
  readonly states: readonly EntityState[];
  readonly live: readonly LiveEntity[];
  /** Rollouts that go on, and those that this plan begins. */
  readonly rollouts: readonly ActiveRollout[];
}

interface PlannedEntity {
  readonly state: EntityState;
  readonly live?: LiveEntity;
  readonly rollout?: ActiveRollout;
  /** The version on trial, before the one that it is compared with. */
  readonly candidate?: LiveEntity;
}

/** How versions are prepared that are not live yet. */
export interface Preparing {
  /** Whether what has failed before is tried again. */
  readonly mayRetry: boolean;
  readonly context: OperationContext;
}

/** Resolves every entity of the configuration, and prepares the versions that are not live yet. */
export async function planConfig(
  endpoint: Endpoint,
  numbered: NumberedConfig,
  live: LiveConfig | undefined,
  preparing: Preparing,
): Promise<Plan> {
  const { number, config } = numbered;
  const planned = await Promise.all(
    config.served_entities.map((entity) =>
      planEntity({ endpoint, numbered, entity, live, preparing }),
    ),
  );
  const routed = planned.filter(({ state }) => (config.routes[state.name] ?? 0) > 0);
  return {
    number,
    servable:
      routed.some((entity) => entity.live) &&
      routed.every((entity) => entity.live || entity.state.state === 'WAITING'),
    states: planned.map((entity) => entity.state),
    live: planned.flatMap(({ live, candidate, rollout }) => arms(live, candidate, rollout)),
    rollouts: planned.flatMap(({ rollout }) => rollout ?? []),
  };
}

/** The candidate comes first: as its share grows, callers move to it and none moves back. */
function arms(
  live: LiveEntity | undefined,
  candidate: LiveEntity | undefined,
  rollout: ActiveRollout | undefined,
): LiveEntity[] {
  if (!live) return [];
  if (!rollout || !candidate) return [live];
  const { id, share } = rollout;
  const arm = { rollout: id, share };
  return [
    {
      ...candidate,
      weight: (live.weight * share) / 100,
      mirror: 0,
      arm: { ...arm, role: 'candidate' },
    },
    { ...live, weight: (live.weight * (100 - share)) / 100, arm: { ...arm, role: 'champion' } },
  ];
}

interface EntityQuestion {
  readonly endpoint: Endpoint;
  readonly numbered: NumberedConfig;
  readonly entity: ServedEntity;
  readonly live: LiveConfig | undefined;
  readonly preparing: Preparing;
}

async function planEntity(question: EntityQuestion): Promise<PlannedEntity> {
  const { endpoint, numbered, entity, live } = question;
  const { number, config } = numbered;
  const { name, entity_name: model, entity_version: wanted } = entity;
  const shares = { weight: config.routes[name] ?? 0, mirror: config.mirror[name] ?? 0 };
  const formerly = (live?.entities ?? []).filter((one) => one.name === name && one.model === model);
  const former = formerly.find(({ arm }) => arm?.role !== 'candidate');
  const base = { name, model, wanted };
  const kept = former && { ...withoutArm(former), ...shares };
  const alias = aliasOf(wanted);
  const version = alias === undefined ? wanted : await getVersionByAlias(model, alias);
  if (version === undefined) {
    const message = `Alias ${wanted} of model '${model}' does not exist`;
    if (!kept || shares.weight === 0) {
      return { state: { ...base, state: 'WAITING', message: `${message}; waiting for it.` } };
    }
    return {
      state: {
        ...base,
        state: 'STALE',
        version: kept.version,
        message: `${message}; version ${kept.version} goes on.`,
      },
      live: kept,
    };
  }
  const before = endpoint.entities.find((state) => state.name === name && state.model === model);
  const refusal = alias !== undefined && before?.refusedVersion === version;
  if (kept && refusal && kept.version !== version) {
    const message = `The rollout of version ${version} was aborted; version ${kept.version} goes on.`;
    const refused = { refusedVersion: version, version: kept.version, message };
    return { state: { ...base, state: 'STALE', ...refused }, live: kept };
  }
  const rollout = kept && rolloutOf(question, kept, version);
  const workload = workloadOf(entity);
  const runsAlike = (one: LiveEntity) => isOn(one, endpoint.id, workload);
  if (!rollout && kept?.version === version && runsAlike(kept)) {
    return { state: { ...base, state: 'READY', version }, live: kept };
  }
  const next = rollout?.to ?? version;
  const warm = formerly.find((one) => one.version === next && runsAlike(one));
  const prepared = warm
    ? whereabouts(warm)
    : await prepareEntity(endpoint, { model, version: next, workload }, question.preparing);
  if ('message' in prepared) {
    const { pending } = prepared;
    const subject = `Version ${next} of model '${model}'`;
    const notYet: EntityState = pending
      ? { ...base, state: 'CREATING', message: `${subject} ${prepared.message}` }
      : {
          ...base,
          state: 'FAILED',
          message: `${subject} cannot be served: ${prepared.message}`,
          failedVersion: next,
        };
    return kept && number === endpoint.served
      ? {
          state: { ...notYet, version: kept.version },
          live: kept,
          // What a person asked for waits until its version is prepared; an alias asks again by itself.
          ...(pending && rollout?.cause === 'request' && { rollout }),
        }
      : { state: notYet };
  }
  const fresh: LiveEntity = { name, model, version: next, ...prepared, ...shares };
  return rollout && kept
    ? {
        state: { ...base, state: 'READY', version: kept.version },
        live: kept,
        candidate: fresh,
        rollout,
      }
    : { state: { ...base, state: 'READY', version }, live: fresh };
}

function withoutArm({ arm: _arm, ...entity }: LiveEntity): LiveEntity {
  return entity;
}

/**
 * The rollout that the entity has or needs now: one that goes on while what it was made for holds, or
 * a new one when the alias moved and the configuration asks for rollouts.
 */
function rolloutOf(
  { endpoint, numbered: { number, config }, entity }: EntityQuestion,
  kept: LiveEntity,
  version: string,
): ActiveRollout | undefined {
  const { name, model } = kept;
  const active = endpoint.rollouts?.find((one) => one.entity === name && one.model === model);
  if (active?.config === number && active.from === kept.version) {
    if (active.promoted && active.to === version) return undefined;
    const named = active.cause === 'alias' ? active.to : active.from;
    if (named === version) return active;
  }
  const follows = aliasOf(entity.entity_version) !== undefined && number === endpoint.served;
  if (!config.rollout || !follows || kept.weight === 0 || kept.version === version) {
    return undefined;
  }
  const { version: from } = kept;
  return {
    ...{ id: newId(), entity: name, model, from, to: version, share: 0 },
    ...{ config: number, cause: 'alias' },
  };
}

/** Whether a version that is served runs on what its entity asks for. */
function isOn(one: LiveEntity, endpointId: string, workload: Workload | undefined): boolean {
  const wanted = workload && deployedOn(endpointId, one, workload);
  return one.deployed?.variant === wanted?.variant;
}

const whereabouts = ({ location, runId, deployed }: LiveEntity) => ({
  location,
  ...(runId && { runId }),
  ...(deployed && { deployed }),
});

type Prepared =
  | Pick<LiveEntity, 'location' | 'runId' | 'deployed'>
  /** Why it cannot be served, or, when pending, what is still done for it. */
  | { readonly message: string; readonly pending?: true };

async function prepareEntity(
  endpoint: Endpoint,
  { model, version, workload }: { model: string; version: string; workload: Workload | undefined },
  { mayRetry, context }: Preparing,
): Promise<Prepared> {
  const registered = await getModelVersion(model, version);
  if (!registered) return { message: 'it does not exist' };
  let location: LiveEntity['location'];
  try {
    location = await artifactLocation(locationOf(registered));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { message: error.message };
  }
  const wanted = { model, version, location };
  const deployed = workload && deployedOn(endpoint.id, wanted, workload);
  const { problem, runtime } = await prepareVersion({ ...wanted, ...(deployed && { deployed }) });
  if (problem !== undefined) return { message: problem };
  if (deployed || runtime === 'python') {
    const deployment = deployed && workload && { variant: deployed.variant, ...workload };
    const asked = { ...wanted, ...(deployment && { deployment }) };
    const { state, message = '' } = await bringUp(endpoint, asked, mayRetry, context);
    if (state === 'FAILED') return { message };
    if (state === 'PREPARING') {
      const first = deployed ? 'instances' : 'environment';
      return { message: `is being prepared: its ${first}, then the model.`, pending: true };
    }
  }
  const runId = registered.run_id;
  return { location, ...(runId && { runId }), ...(deployed && { deployed }) };
}
