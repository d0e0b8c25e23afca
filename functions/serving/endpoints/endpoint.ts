import type { LogPolicy } from '../invoke/log-policy.ts';
import type { ActiveRollout, RolloutArm } from '../rollout/rollout.ts';
import type { EndpointConfig, Monitor } from './endpoint-config.ts';
import type { AccessControl, EndpointSettings, RateLimit } from './endpoint-settings.ts';
import { aliasOf } from './entity-version.ts';
import type { EnvironmentVars } from './environment-vars.ts';
import type { PermissionLevel } from './require-permission.ts';

/** What one served entity of the wanted configuration has come to. */
export interface EntityState {
  readonly name: string;
  readonly model: string;
  /** As configured: a version or `@alias`. */
  readonly wanted: string;
  /** The version that answers requests; absent while none does. */
  readonly version?: string;
  readonly state: 'CREATING' | 'READY' | 'WAITING' | 'FAILED' | 'STALE';
  readonly message?: string;
  /** The version whose preparation failed, so that the failure is announced once. */
  readonly failedVersion?: string;
  /** The version whose rollout was aborted: it is not served while the alias still names it. */
  readonly refusedVersion?: string;
}

/** The endpoint itself. `served` follows `target` once all its versions are prepared. */
export interface Endpoint {
  readonly name: string;
  readonly id: string;
  readonly creator: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly description?: string;
  /** Databricks' name of whom its costs are for: kept and shown. */
  readonly budgetPolicyId?: string;
  readonly tags: readonly { readonly key: string; readonly value?: string }[];
  readonly settings?: EndpointSettings;
  /** Who may do what; absent until somebody was given something. */
  readonly accessControl?: readonly AccessControl[];
  /** Grows with every change: the optimistic lock. */
  readonly revision: number;
  readonly lastConfig: number;
  /** Number of the configuration that is wanted, and since when. */
  readonly target: number;
  readonly targetSince: number;
  /** Number of the configuration that is served; absent before the first. */
  readonly served?: number;
  /** Number of the one that was served before that. */
  readonly servedBefore?: number;
  /** Of the wanted configuration. */
  readonly entities: readonly EntityState[];
  /** Of the one that is served, while that is another. */
  readonly servedEntities?: readonly EntityState[];
  /** Every length of windows that its inference log was ever cut into. */
  readonly granularities: readonly string[];
  /** Versions on trial, at most one an entity. */
  readonly rollouts?: readonly ActiveRollout[];
}

/** Where SageMaker serves a version. */
export interface Deployed {
  /** Name of the SageMaker endpoint. */
  readonly endpoint: string;
  readonly variant: string;
  /** Requests wait in its queue, and their callers ask for the answers. */
  readonly queued?: true;
}

/** One entity on the data path. */
export interface LiveEntity {
  readonly name: string;
  readonly model: string;
  readonly version: string;
  /** Folder of the artefact in the object store. */
  readonly location: { readonly bucket: string; readonly key: string };
  readonly runId?: string;
  /** Absent when it is scored in a function. */
  readonly deployed?: Deployed;
  /** What its process finds in its environment; absent when that is nothing of its own. */
  readonly environmentVars?: EnvironmentVars;
  /** Share of the traffic in percent of the sum of all weights. */
  readonly weight: number;
  /** Percentage of the requests that it scores for the log only. */
  readonly mirror: number;
  /** Of an entity with a rollout, which is there twice: the version on trial and the one before. */
  readonly arm?: RolloutArm;
}

/** What the data path serves; read by every request, so it holds all that a request needs. */
export interface LiveConfig {
  readonly endpoint: string;
  readonly endpointId: string;
  readonly revision: number;
  readonly config: number;
  readonly entities: readonly LiveEntity[];
  readonly stickyKey?: string;
  readonly monitor?: Monitor;
  /** What of a request is logged; absent: everything. */
  readonly log?: LogPolicy;
  readonly limits?: readonly RateLimit[];
  /** Whether another entity answers when the chosen one fails. */
  readonly fallback?: true;
  readonly creator: string;
  readonly accessControl?: readonly AccessControl[];
}

export interface NumberedConfig {
  readonly number: number;
  readonly config: EndpointConfig;
  readonly createdAt: number;
  readonly createdBy: string;
}

type Summary = 'CREATING' | 'WAITING_FOR_ALIAS' | 'READY' | 'UPDATING' | 'DEGRADED' | 'FAILED';

/** The one state for people; Databricks' two fields are derived beside it. */
export function summaryOf(endpoint: Endpoint): Summary {
  const states = new Set(endpoint.entities.map((entity) => entity.state));
  if (endpoint.served === undefined) {
    if (states.has('FAILED')) return 'FAILED';
    return states.has('WAITING') ? 'WAITING_FOR_ALIAS' : 'CREATING';
  }
  if (states.has('FAILED') || states.has('STALE')) return 'DEGRADED';
  if (states.has('CREATING')) return 'UPDATING';
  return endpoint.served === endpoint.target ? 'READY' : 'UPDATING';
}

function configUpdateOf(endpoint: Endpoint): string {
  if (endpoint.served === endpoint.target) {
    const preparing = endpoint.entities.some((entity) => entity.state === 'CREATING');
    return preparing ? 'IN_PROGRESS' : 'NOT_UPDATING';
  }
  const failed = endpoint.entities.some((entity) => entity.state === 'FAILED');
  return failed ? 'UPDATE_FAILED' : 'IN_PROGRESS';
}

const DEPLOYMENT = {
  CREATING: 'DEPLOYMENT_CREATING',
  READY: 'DEPLOYMENT_READY',
  WAITING: 'DEPLOYMENT_CREATING',
  FAILED: 'DEPLOYMENT_FAILED',
  STALE: 'DEPLOYMENT_READY',
} as const;

/** The endpoint as the Databricks API shows it, with `summary` and `resolved_version` added. */
export function describeEndpoint(
  endpoint: Endpoint,
  target: NumberedConfig,
  served: NumberedConfig | undefined,
  permission: PermissionLevel | undefined,
): Record<string, unknown> {
  const messages = endpoint.entities.flatMap((entity) => entity.message ?? []);
  const pending = endpoint.served === endpoint.target ? undefined : target;
  return {
    id: endpoint.id,
    name: endpoint.name,
    creator: endpoint.creator,
    creation_timestamp: endpoint.createdAt,
    last_updated_timestamp: endpoint.updatedAt,
    ...(endpoint.description !== undefined && { description: endpoint.description }),
    ...(endpoint.budgetPolicyId !== undefined && { budget_policy_id: endpoint.budgetPolicyId }),
    tags: endpoint.tags,
    ...(endpoint.settings?.ai_gateway && { ai_gateway: endpoint.settings.ai_gateway }),
    ...(endpoint.settings?.email_notifications && {
      email_notifications: endpoint.settings.email_notifications,
    }),
    ...(endpoint.settings?.telemetry_config && {
      telemetry_config: endpoint.settings.telemetry_config,
    }),
    ...(endpoint.settings?.rate_limits && { rate_limits: endpoint.settings.rate_limits }),
    ...(permission && { permission_level: permission }),
    route_optimized: false,
    state: {
      ready: endpoint.served === undefined ? 'NOT_READY' : 'READY',
      config_update: configUpdateOf(endpoint),
      summary: summaryOf(endpoint),
      ...(messages.length > 0 && { message: messages.join(' ') }),
    },
    ...(served && { config: describeConfig(endpoint, served, endpoint.servedEntities) }),
    ...(pending && {
      pending_config: { ...describeConfig(endpoint, pending), start_time: endpoint.targetSince },
    }),
  };
}

/** A configuration in Databricks' field names. */
export function describeConfig(
  endpoint: Endpoint,
  { number, config }: NumberedConfig,
  states: readonly EntityState[] = endpoint.entities,
): Record<string, unknown> {
  const served_entities = config.served_entities.map((entity) => {
    const state = states.find(
      ({ name, model }) => name === entity.name && model === entity.entity_name,
    );
    return {
      ...entity,
      ...(state?.version !== undefined && { resolved_version: state.version }),
      ...describeRollout(endpoint, entity.name),
      ...(state && {
        state: {
          deployment: DEPLOYMENT[state.state],
          deployment_state_message: state.message ?? '',
        },
      }),
    };
  });
  const mirror = Object.entries(config.mirror);
  return {
    config_version: number,
    served_entities,
    served_models: served_entities.map(({ entity_name, entity_version, ...rest }) => ({
      ...rest,
      model_name: entity_name,
      model_version: entity_version,
    })),
    traffic_config: {
      routes: Object.entries(config.routes).map(([name, traffic_percentage]) => ({
        served_model_name: name,
        served_entity_name: name,
        traffic_percentage,
      })),
      ...(mirror.length > 0 && {
        mirror: mirror.map(([served_entity_name, share]) => ({
          served_entity_name,
          percentage: share,
        })),
      }),
      ...(config.sticky_key && { sticky_key: config.sticky_key }),
      ...(config.rollout && { rollout: config.rollout }),
    },
    ...(config.monitor && { monitor: config.monitor }),
    ...(config.inference_log && { inference_log: config.inference_log }),
    ...(config.auto_capture_config && {
      auto_capture_config: describeCapture(endpoint.name, config.auto_capture_config),
    }),
  };
}

/** There is one table for all endpoints: who asked for one by name is told where the rows are. */
function describeCapture(
  endpoint: string,
  capture: NonNullable<EndpointConfig['auto_capture_config']>,
) {
  if (capture.enabled === false) return capture;
  const payload_table = {
    name: 'inference_log',
    status: 'READY',
    status_message: `Its rows with endpoint = '${endpoint}'; catalog_name, schema_name and table_name_prefix name no table here.`,
  };
  return { ...capture, state: { payload_table } };
}

function describeRollout({ rollouts = [] }: Endpoint, entity: string) {
  const active = rollouts.find((rollout) => rollout.entity === entity);
  return active && { rollout: { id: active.id, version: active.to, percentage: active.share } };
}

/** `model@alias` of every entity that follows an alias. */
export function bindingsOf(config: EndpointConfig): string[] {
  const bindings = config.served_entities.flatMap((entity) =>
    aliasOf(entity.entity_version) === undefined
      ? []
      : [`${entity.entity_name}${entity.entity_version}`],
  );
  return [...new Set(bindings)];
}
