import { isDeepStrictEqual } from 'node:util';
import { getVersionByAlias } from '../../registry/index.ts';
import { newId } from '../../shared/ids.ts';
import { deployedOn, type Workload, workloadOf } from '../deployment/workload.ts';
import type { ActiveRollout } from '../rollout/rollout.ts';
import type { Endpoint, EntityState, LiveConfig, LiveEntity, NumberedConfig } from './endpoint.ts';
import type { ServedEntity } from './endpoint-config.ts';
import { aliasOf } from './entity-version.ts';
import {
  type Preparing,
  prepareEntity,
  type Unprepared,
  type Whereabouts,
} from './prepare-entity.ts';

interface PlannedEntity {
  readonly state: EntityState;
  readonly live?: LiveEntity;
  readonly rollout?: ActiveRollout;
  /** The version on trial, before the one that it is compared with. */
  readonly candidate?: LiveEntity;
}

interface EntityQuestion {
  readonly endpoint: Endpoint;
  readonly numbered: NumberedConfig;
  readonly entity: ServedEntity;
  readonly live: LiveConfig | undefined;
  readonly preparing: Preparing;
}

type EntityIdentity = Pick<EntityState, 'name' | 'model' | 'wanted'>;

/** What an entity of a configuration would answer with now; what it answers with goes on until then. */
export async function planEntity(question: EntityQuestion): Promise<PlannedEntity> {
  const { endpoint, numbered, entity, live } = question;
  const { config } = numbered;
  const { name, entity_name: model, entity_version: wanted } = entity;
  const base: EntityIdentity = { name, model, wanted };
  const shares = { weight: config.routes[name] ?? 0, mirror: config.mirror[name] ?? 0 };
  const formerly = (live?.entities ?? []).filter((one) => one.name === name && one.model === model);
  const former = formerly.find(({ arm }) => arm?.role !== 'candidate');
  const kept = former && { ...withoutArm(former), ...shares };
  const alias = aliasOf(wanted);
  const version = alias === undefined ? wanted : await getVersionByAlias(model, alias);
  if (version === undefined) return withoutAlias(base, kept);
  const before = endpoint.entities.find((state) => state.name === name && state.model === model);
  const refused = alias !== undefined && before?.refusedVersion === version;
  if (kept && refused && kept.version !== version) return afterRefusal(base, kept, version);
  const rollout = kept && rolloutOf(question, kept, version);
  const workload = workloadOf(entity);
  const { environment_vars: environmentVars } = entity;
  const runsAlike = (one: LiveEntity) =>
    isOn(one, endpoint.id, workload) && isDeepStrictEqual(one.environmentVars, environmentVars);
  if (!rollout && kept?.version === version && runsAlike(kept)) {
    return { state: { ...base, state: 'READY', version }, live: kept };
  }
  const next = rollout?.to ?? version;
  const warm = formerly.find((one) => one.version === next && runsAlike(one));
  const prepared = warm
    ? whereabouts(warm)
    : await prepareEntity(
        endpoint,
        { model, version: next, workload, environmentVars },
        question.preparing,
      );
  if ('message' in prepared) {
    const state = notYet(base, next, prepared);
    const goesOn = kept && numbered.number === endpoint.served;
    return goesOn ? meanwhile(state, kept, prepared, rollout) : { state };
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

/** The alias names nothing: what answers goes on, unless it has no traffic to answer. */
function withoutAlias(base: EntityIdentity, kept: LiveEntity | undefined): PlannedEntity {
  const message = `Alias ${base.wanted} of model '${base.model}' does not exist`;
  if (!kept || kept.weight === 0) {
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

/** The alias names a version whose rollout was aborted. */
function afterRefusal(base: EntityIdentity, kept: LiveEntity, version: string): PlannedEntity {
  const message = `The rollout of version ${version} was aborted; version ${kept.version} goes on.`;
  const refused = { refusedVersion: version, version: kept.version, message };
  return { state: { ...base, state: 'STALE', ...refused }, live: kept };
}

/** The state of an entity whose next version cannot answer, or not yet. */
function notYet(base: EntityIdentity, next: string, { message, pending }: Unprepared): EntityState {
  const subject = `Version ${next} of model '${base.model}'`;
  if (pending) return { ...base, state: 'CREATING', message: `${subject} ${message}` };
  return {
    ...base,
    state: 'FAILED',
    message: `${subject} cannot be served: ${message}`,
    failedVersion: next,
  };
}

function meanwhile(
  state: EntityState,
  kept: LiveEntity,
  { pending }: Unprepared,
  rollout: ActiveRollout | undefined,
): PlannedEntity {
  return {
    state: { ...state, version: kept.version },
    live: kept,
    // What a person asked for waits until its version is prepared; an alias asks again by itself.
    ...(pending && rollout?.cause === 'request' && { rollout }),
  };
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
    id: newId(),
    entity: name,
    model,
    from,
    to: version,
    share: 0,
    config: number,
    cause: 'alias',
  };
}

/** Whether a version that is served runs on what its entity asks for. */
function isOn(one: LiveEntity, endpointId: string, workload: Workload | undefined): boolean {
  const wanted = workload && deployedOn(endpointId, one, workload);
  return one.deployed?.variant === wanted?.variant;
}

const whereabouts = ({ location, runId, deployed, environmentVars }: LiveEntity): Whereabouts => ({
  location,
  ...(runId && { runId }),
  ...(deployed && { deployed }),
  ...(environmentVars && { environmentVars }),
});
