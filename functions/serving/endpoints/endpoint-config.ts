import * as z from 'zod/mini';
import { isDuration } from '../../shared/duration.ts';
import { DomainError, invalid } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { GRANULARITIES } from '../../shared/time-window.ts';
import { checkWorkload, workloadOf } from '../deployment/workload.ts';
import type { LogPolicy } from '../invoke/log-policy.ts';
import { checkStrategy, type RolloutStrategy, rolloutSchema } from '../rollout/strategy.ts';
import { checkEnvironment, type EnvironmentVars } from './environment-vars.ts';

/** Databricks' limit of entities behind one endpoint. */
const MAX_ENTITIES = 10;

const duration = z
  .string()
  .check(z.refine(isDuration, 'must be an ISO 8601 duration such as PT1H'));

/** Slipway's addition to an endpoint's configuration: how its inference log is cut into windows. */
const monitorSchema = z.strictObject({
  /** Column of the requests that carries the event time; without it the clock counts. */
  timestamp_column: z.optional(z.string().check(z.minLength(1))),
  granularity: z._default(z.enum(GRANULARITIES), 'P1D'),
  lateness: z._default(duration, 'PT0S'),
  label_lateness: z._default(duration, 'P1D'),
});

const percentage = z.int().check(z.minimum(0), z.maximum(100));
const entityName = z.string().check(
  z.regex(/^[A-Za-z0-9_.-]{1,128}$/, {
    message: 'may hold letters, digits, dashes, underscores and dots, at most 128',
  }),
);

const unknown = z.optional(z.unknown());
/** Fields of Databricks' that would change what an entity does, and change nothing here. */
const unservedSchema = z.object({
  external_model: unknown,
  instance_profile_arn: unknown,
  burst_scaling_enabled: unknown,
  provisioned_model_units: unknown,
  min_provisioned_throughput: unknown,
  max_provisioned_throughput: unknown,
});

const entitySchema = z.object({
  name: z.optional(entityName),
  entity_name: z.optional(z.string().check(z.minLength(1))),
  entity_version: z.optional(z.coerce.string()),
  model_name: z.optional(z.string().check(z.minLength(1))),
  model_version: z.optional(z.coerce.string()),
  workload_size: z.optional(z.string()),
  workload_type: z.optional(z.string()),
  /** Slipway's addition: instances of SageMaker for what is too large for a function. */
  instance_type: z.optional(
    z
      .string()
      .check(z.regex(/^ml(\.[a-z0-9-]+){2}$/, { message: 'must be one such as ml.m5.xlarge' })),
  ),
  scale_to_zero_enabled: z.optional(z.boolean()),
  min_provisioned_concurrency: z.optional(z.int()),
  max_provisioned_concurrency: z.optional(z.int()),
  environment_vars: z.nullish(z.record(z.string(), z.string())),
});

const entityInput = z.extend(entitySchema, unservedSchema.shape);

const routeSchema = z.object({
  served_entity_name: z.optional(z.string()),
  served_model_name: z.optional(z.string()),
  traffic_percentage: percentage,
});

const trafficSchema = z.object({
  routes: z.optional(z.array(routeSchema)),
  /** Slipway's addition: entities that score a share of the requests, for the log only. */
  mirror: z.optional(z.array(z.strictObject({ served_entity_name: z.string(), percentage }))),
  /** Slipway's addition: column whose value keeps a caller on one entity. */
  sticky_key: z.optional(z.string().check(z.minLength(1))),
  /** Slipway's addition: how a version that an alias comes to name takes the traffic over. */
  rollout: z.nullish(rolloutSchema),
});

/** Databricks' older way to name an inference table: kept and shown, for those who compare. */
const autoCaptureSchema = z.object({
  catalog_name: z.optional(z.string()),
  schema_name: z.optional(z.string()),
  table_name_prefix: z.optional(z.string()),
  enabled: z.optional(z.boolean()),
});

export const configSchema = z.object({
  auto_capture_config: z.nullish(autoCaptureSchema),
  served_entities: z.optional(z.array(entityInput)),
  served_models: z.optional(z.array(entityInput)),
  traffic_config: z.optional(trafficSchema),
  monitor: z.nullish(monitorSchema),
  /** Slipway's addition: what of a request is kept in the inference log. */
  inference_log: z.nullish(
    z.strictObject({
      max_loss_seconds: z.optional(z.int().check(z.minimum(1), z.maximum(60))),
      sampling_fraction: z.optional(z.number().check(z.gt(0), z.maximum(1))),
      drop: z.optional(z.array(z.string().check(z.minLength(1)))),
      hash: z.optional(z.array(z.string().check(z.minLength(1)))),
    }),
  ),
});

export type Monitor = z.infer<typeof monitorSchema>;

export interface ServedEntity {
  readonly name: string;
  readonly entity_name: string;
  /** A version number, or `@alias`. */
  readonly entity_version: string;
  readonly workload_size?: string;
  readonly workload_type?: string;
  readonly instance_type?: string;
  readonly scale_to_zero_enabled?: boolean;
  readonly min_provisioned_concurrency?: number;
  readonly max_provisioned_concurrency?: number;
  /** Absent when there are none. */
  readonly environment_vars?: EnvironmentVars;
}

/** A checked configuration as it is stored: immutable, names and defaults filled in. */
export interface EndpointConfig {
  readonly served_entities: readonly ServedEntity[];
  readonly routes: Readonly<Record<string, number>>;
  readonly mirror: Readonly<Record<string, number>>;
  readonly sticky_key?: string;
  readonly rollout?: RolloutStrategy;
  readonly inference_log?: LogPolicy;
  readonly auto_capture_config?: z.infer<typeof autoCaptureSchema>;
  /** Absent when the caller turned monitoring off with `null`. */
  readonly monitor?: Monitor;
}

/**
 * Checks a configuration as a client sends it. Throws INVALID_PARAMETER_VALUE for what can never
 * work, and NOT_IMPLEMENTED for kinds of entities that no scorer of this installation serves.
 */
export function toEndpointConfig(body: unknown): EndpointConfig {
  const input = parseValue(body, configSchema);
  for (const given of input.served_entities ?? input.served_models ?? []) refuseUnserved(given);
  const entities = (input.served_entities ?? input.served_models ?? []).map((given) =>
    toServedEntity(entitySchema.parse(given)),
  );
  if (entities.length === 0) throw invalid('config.served_entities must name at least one entity');
  if (entities.length > MAX_ENTITIES) {
    throw invalid(`An endpoint serves at most ${MAX_ENTITIES} entities, not ${entities.length}`);
  }
  const names = entities.map((entity) => entity.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalid(`Two served entities are named '${twice}'`);
  const { traffic_config: traffic, monitor, inference_log, auto_capture_config } = input;
  const mirror = toMirror(traffic?.mirror ?? [], names);
  refuseQueuedMirrors(entities, mirror);
  return {
    served_entities: entities,
    routes: toRoutes(traffic?.routes, names),
    mirror,
    ...(traffic?.sticky_key && { sticky_key: traffic.sticky_key }),
    ...(traffic?.rollout && { rollout: checkStrategy(traffic.rollout) }),
    ...(inference_log && { inference_log }),
    ...(auto_capture_config && { auto_capture_config }),
    ...(monitor !== null && { monitor: monitor ?? monitorSchema.parse({}) }),
  };
}

function toServedEntity(input: z.infer<typeof entitySchema>): ServedEntity {
  const { entity_name, entity_version, model_name, model_version, environment_vars, ...rest } =
    input;
  const model = entity_name ?? model_name;
  const version = entity_version ?? model_version;
  if (model === undefined) throw invalid('A served entity needs entity_name');
  if (version === undefined || !/^(@[A-Za-z0-9_-]{1,255}|[1-9]\d{0,7})$/.test(version)) {
    throw invalid(
      `entity_version of '${model}' must be a version such as "3" or an alias such as "@champion"`,
    );
  }
  const variables = environment_vars ?? {};
  const name = rest.name ?? `${model}-${version.replace('@', '')}`;
  const present = Object.entries({ ...rest, name }).filter(([, value]) => value !== undefined);
  const entity: ServedEntity = {
    name,
    ...Object.fromEntries(present),
    entity_name: model,
    entity_version: version,
    ...(Object.keys(variables).length > 0 && { environment_vars: variables }),
  };
  checkWorkload(entity);
  checkEnvironment(name, variables);
  return entity;
}

function refuseUnserved(given: z.infer<typeof entityInput>): void {
  const unserved = unservedSchema.parse(given);
  const field = Object.entries(unserved).find(([, value]) => !isEmpty(value))?.[0];
  if (field !== undefined) throw unsupported(`${field} is not served here`);
}

/** Clients send fields that nobody has set as null, false or without members. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

const unsupported = (message: string) => new DomainError('NOT_IMPLEMENTED', message);

function toRoutes(
  routes: z.infer<typeof routeSchema>[] | undefined,
  names: readonly string[],
): Record<string, number> {
  const [only, ...others] = names;
  if (!routes || routes.length === 0) {
    if (only === undefined || others.length > 0) {
      throw invalid('traffic_config.routes must share the traffic among several entities');
    }
    return { [only]: 100 };
  }
  const shares: Record<string, number> = {};
  for (const route of routes) {
    const name = knownName(route.served_entity_name ?? route.served_model_name, names);
    if (Object.hasOwn(shares, name)) throw invalid(`Two routes lead to '${name}'`);
    shares[name] = route.traffic_percentage;
  }
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (sum !== 100) throw invalid(`The traffic percentages must add up to 100, not ${sum}`);
  return shares;
}

function toMirror(
  mirror: readonly { served_entity_name: string; percentage: number }[],
  names: readonly string[],
): Record<string, number> {
  return Object.fromEntries(
    mirror.map((entry) => [knownName(entry.served_entity_name, names), entry.percentage]),
  );
}

/** A mirror's answers are logged with the answer that the caller gets, which nobody delays for them. */
function refuseQueuedMirrors(
  entities: readonly ServedEntity[],
  mirror: Readonly<Record<string, number>>,
): void {
  const queued = entities.find(
    (one) => (mirror[one.name] ?? 0) > 0 && workloadOf(one)?.scale_to_zero,
  );
  if (queued) throw invalid(`'${queued.name}' answers from a queue and cannot mirror requests`);
}

function knownName(name: string | undefined, names: readonly string[]): string {
  if (name !== undefined && names.includes(name)) return name;
  const valid = names.map((known) => `'${known}'`).join(', ');
  throw invalid(`No served entity is named '${name ?? ''}'; the names are ${valid}`);
}
