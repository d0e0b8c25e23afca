import { isDeepStrictEqual } from 'node:util';
import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite, type Write } from '../../shared/dynamo/index.ts';
import { outdatedWrites } from '../deployment/outdated.ts';
import {
  EndpointDegraded,
  EndpointSwitchFailed,
  EndpointVersionSwitched,
  ScorerFailed,
} from '../events.ts';
import type { LogPolicy } from '../invoke/log-policy.ts';
import { startWrites, supersededWrites } from '../rollout/rollout-writes.ts';
import {
  bindingsOf,
  type Endpoint,
  type EntityState,
  type LiveConfig,
  type NumberedConfig,
} from './endpoint.ts';
import { type EndpointSettings, limitsOf } from './endpoint-settings.ts';
import {
  bindingKey,
  endpointKey,
  getConfig,
  getEndpoint,
  getLive,
  liveKey,
  platformTableName,
  servesKey,
} from './endpoint-store.ts';
import { aliasOf } from './entity-version.ts';
import { type Plan, planConfig } from './plan-config.ts';
import type { Preparing } from './prepare-entity.ts';

/**
 * Makes the data path serve what the wanted configuration and the present aliases ask for. It looks
 * at the present only, so that repeated, late and reordered events all end in the same state.
 */
export function reconcileEndpoint(
  name: string,
  cause: string,
  context: OperationContext,
): Promise<void> {
  return retryChanged(async () => {
    // The endpoint is read before the aliases: a newer alias can then never be lost to an older plan.
    const endpoint = await getEndpoint(name);
    if (!endpoint) return;
    const live = await getLive(name);
    // A failure is told once; any other reason to look again is a reason to try again.
    const preparing = { mayRetry: cause !== ScorerFailed.type, context };
    const plan = await planEndpoint(endpoint, live, preparing);
    await commit(endpoint, live, plan, cause, context);
  });
}

interface EndpointPlan extends Plan {
  readonly config: NumberedConfig;
  /** Of the configuration that goes on while the wanted one cannot be served. */
  readonly present?: readonly EntityState[];
}

/** The wanted configuration; if that cannot be served, the one served now goes on with its aliases. */
async function planEndpoint(
  endpoint: Endpoint,
  live: LiveConfig | undefined,
  preparing: Preparing,
): Promise<EndpointPlan> {
  const wanted = await storedConfig(endpoint, endpoint.target);
  const plan = await planConfig(endpoint, wanted, live, preparing);
  const { served } = endpoint;
  if (plan.servable || served === undefined || served === endpoint.target) {
    return { ...plan, config: wanted };
  }
  const present = await storedConfig(endpoint, served);
  const known = { ...endpoint, entities: endpoint.servedEntities ?? endpoint.entities };
  const kept = await planConfig(known, present, live, preparing);
  return { ...kept, states: plan.states, present: kept.states, config: present };
}

async function storedConfig(endpoint: Endpoint, number: number): Promise<NumberedConfig> {
  const config = await getConfig(endpoint, number);
  if (!config) throw new Error(`Configuration ${number} of endpoint ${endpoint.name} is missing`);
  return config;
}

async function commit(
  endpoint: Endpoint,
  live: LiveConfig | undefined,
  plan: EndpointPlan,
  cause: string,
  context: OperationContext,
): Promise<void> {
  const { config: content, number } = plan.config;
  const nextLive = plan.servable ? liveConfigOf(endpoint, live, plan) : undefined;
  const liveChanges = nextLive && !sameLive(live, nextLive);
  const served = plan.servable ? number : endpoint.served;
  if (
    !liveChanges &&
    served === endpoint.served &&
    isDeepStrictEqual(endpoint.entities, plan.states) &&
    isDeepStrictEqual(endpoint.servedEntities, plan.present) &&
    isDeepStrictEqual(endpoint.rollouts ?? [], plan.rollouts)
  ) {
    return;
  }
  const ids = (rollouts: Endpoint['rollouts'] = []) => new Set(rollouts.map(({ id }) => id));
  const [former, present] = [ids(endpoint.rollouts), ids(plan.rollouts)];
  const next = nextEndpoint(endpoint, plan, served, context);
  await transactWrite([
    {
      put: { ...endpointKey(endpoint.name), type: 'endpoint', kind: 'endpoint', ...next },
      table: platformTableName(),
      condition: 'revision = :revision',
      values: { ':revision': endpoint.revision },
    },
    ...(liveChanges ? liveWrites(live, nextLive, cause, context) : []),
    ...(liveChanges ? outdatedWrites(endpoint, live, nextLive, context) : []),
    ...(served === endpoint.served ? [] : await staleBindings(endpoint, plan.config)),
    ...announceProblems(endpoint, plan.states, context),
    ...plan.rollouts
      .filter(({ id }) => !former.has(id))
      .flatMap((one) => (content.rollout ? startWrites(next, one, content.rollout, context) : [])),
    ...supersededWrites(
      endpoint,
      (endpoint.rollouts ?? []).filter(({ id }) => !present.has(id)),
      context,
    ),
  ]);
}

/** What the data path is to serve by the plan. */
function liveConfigOf(
  endpoint: Endpoint,
  former: LiveConfig | undefined,
  { config: { config: content, number }, live: entities }: EndpointPlan,
): LiveConfig {
  return {
    endpoint: endpoint.name,
    endpointId: endpoint.id,
    revision: (former?.revision ?? 0) + 1,
    config: number,
    entities,
    ...(content.sticky_key && { stickyKey: content.sticky_key }),
    ...(content.monitor && { monitor: content.monitor }),
    ...logPolicy(content.inference_log, endpoint.settings),
    ...guards(endpoint),
  };
}

/** The endpoint's row by the plan; `served` is the number of the configuration that it goes on with. */
function nextEndpoint(
  endpoint: Endpoint,
  { states, present, rollouts }: EndpointPlan,
  served: number | undefined,
  { clock }: OperationContext,
): Endpoint {
  const { servedEntities: _before, ...rest } = endpoint;
  return {
    ...rest,
    revision: endpoint.revision + 1,
    updatedAt: clock(),
    entities: states,
    ...(present && { servedEntities: present }),
    rollouts,
    ...(served !== undefined && { served }),
    ...(endpoint.served !== undefined &&
      endpoint.served !== served && { servedBefore: endpoint.served }),
  };
}

const sameLive = (a: LiveConfig | undefined, b: LiveConfig) =>
  a !== undefined && isDeepStrictEqual(comparable(a), comparable(b));

const comparable = (live: LiveConfig) => ({
  endpoint: live.endpoint,
  endpointId: live.endpointId,
  config: live.config,
  entities: live.entities,
  stickyKey: live.stickyKey,
  monitor: live.monitor,
  log: live.log,
  limits: live.limits,
  fallback: live.fallback,
  creator: live.creator,
  accessControl: live.accessControl,
});

function logPolicy(configured: LogPolicy | undefined, settings: EndpointSettings | undefined) {
  const sampling_fraction = settings?.telemetry_config?.inference_table_config?.sampling_fraction;
  if (sampling_fraction === undefined) return configured && { log: configured };
  return { log: { ...configured, sampling_fraction } };
}

/** What the data path has to know of the endpoint's settings. */
function guards({ creator, settings = {}, accessControl }: Endpoint) {
  const limits = limitsOf(settings);
  return {
    creator,
    ...(limits.length > 0 && { limits }),
    ...(settings.ai_gateway?.fallback_config?.enabled && { fallback: true as const }),
    ...(accessControl && { accessControl }),
  };
}

function liveWrites(
  before: LiveConfig | undefined,
  after: LiveConfig,
  cause: string,
  context: OperationContext,
): Write[] {
  const table = platformTableName();
  const name = after.endpoint;
  const versions = (live: LiveConfig | undefined) =>
    new Map(
      (live?.entities ?? []).map(({ model, version }) => [
        `${model}#${version}`,
        servesKey(model, version, name),
      ]),
    );
  const [old, present] = [versions(before), versions(after)];
  const answering = (live: LiveConfig | undefined) =>
    (live?.entities ?? []).filter(({ arm }) => arm?.role !== 'candidate');
  const switches = answering(after).flatMap((entity) => {
    const from = answering(before).find(({ name: other }) => other === entity.name);
    if (from?.model === entity.model && from.version === entity.version) return [];
    const data = {
      endpoint: name,
      entity: entity.name,
      model: entity.model,
      from: from?.model === entity.model ? from.version : null,
      to: entity.version,
      cause,
    };
    return outbox(table, EndpointVersionSwitched, data, context);
  });
  return [
    { put: { ...liveKey(name), type: 'endpoint-live', ...after }, table },
    ...[...old].flatMap(([id, row]) => (present.has(id) ? [] : { delete: row, table })),
    ...[...present].flatMap(([id, row]) =>
      old.has(id) ? [] : { put: { ...row, type: 'serves' }, table },
    ),
    ...switches,
  ];
}

async function staleBindings(endpoint: Endpoint, present: NumberedConfig): Promise<Write[]> {
  if (endpoint.served === undefined) return [];
  const before = await getConfig(endpoint, endpoint.served);
  const kept = new Set(bindingsOf(present.config));
  const table = platformTableName();
  return (before ? bindingsOf(before.config) : [])
    .filter((binding) => !kept.has(binding))
    .map((binding) => ({ delete: bindingKey(binding, endpoint.name), table }));
}

/** Each problem is announced once, when it comes up. */
function announceProblems(
  endpoint: Endpoint,
  states: readonly EntityState[],
  context: OperationContext,
): Write[] {
  const table = platformTableName();
  return states.flatMap((state): Write[] => {
    const before = endpoint.entities.find(({ name }) => name === state.name);
    const about = { endpoint: endpoint.name, entity: state.name, model: state.model };
    const { failedVersion, version, message = '' } = state;
    if (failedVersion !== undefined && before?.failedVersion !== failedVersion) {
      const data = { ...about, version: failedVersion, message };
      return [outbox(table, EndpointSwitchFailed, data, context)];
    }
    const gone = state.state === 'STALE' && state.refusedVersion === undefined;
    if (gone && before?.state !== 'STALE' && version !== undefined) {
      const data = { ...about, alias: aliasOf(state.wanted) ?? '', version };
      return [outbox(table, EndpointDegraded, data, context)];
    }
    return [];
  });
}
