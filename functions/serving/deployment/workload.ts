import { createHash } from 'node:crypto';
import { invalid } from '../../shared/errors.ts';
import type { Deployed } from '../endpoints/endpoint.ts';
import type { ServedEntity } from '../endpoints/endpoint-config.ts';
import { type EnvironmentVars, environmentId } from '../endpoints/environment-vars.ts';

/** What a version that SageMaker serves runs on. */
export interface Workload {
  readonly instance_type: string;
  /** With `scale_to_zero` the most that there may be, with `instance_maximum` the fewest. */
  readonly instance_count: number;
  /** Instances follow the number of requests at once, up to so many. */
  readonly instance_maximum?: number;
  /** Requests wait in a queue, and there are instances only while some do. */
  readonly scale_to_zero?: true;
}

/**
 * Databricks' GPU types on AWS and the instances with the same devices.
 * https://docs.databricks.com/aws/en/machine-learning/model-serving/create-manage-serving-endpoints
 */
const INSTANCE_TYPES: Readonly<Record<string, string>> = {
  GPU_SMALL: 'ml.g4dn.xlarge',
  GPU_MEDIUM: 'ml.g5.2xlarge',
  MULTIGPU_MEDIUM: 'ml.g5.12xlarge',
  GPU_MEDIUM_8: 'ml.g5.48xlarge',
  // No instance has a single A100: the nearest device is an L40S.
  GPU_LARGE: 'ml.g6e.4xlarge',
  GPU_XLARGE: 'ml.p5.4xlarge',
  GPU_XLARGE_8: 'ml.p5.48xlarge',
};

const INSTANCE_COUNTS: Readonly<Record<string, number>> = { Small: 1, Medium: 2, Large: 4 };

/** Requests that one instance is to answer at once: the unit that Databricks provisions. */
const CONCURRENCY = 4;

type Sized = Pick<
  ServedEntity,
  | 'workload_type'
  | 'workload_size'
  | 'instance_type'
  | 'scale_to_zero_enabled'
  | 'min_provisioned_concurrency'
  | 'max_provisioned_concurrency'
>;

/** What an entity runs on; undefined when it is scored in a function. */
export function workloadOf(entity: Sized): Workload | undefined {
  const { workload_type: type = 'CPU', workload_size: size = 'Small' } = entity;
  const instance_type = entity.instance_type ?? INSTANCE_TYPES[type];
  if (instance_type === undefined) return undefined;
  const fewest = instancesFor(entity.min_provisioned_concurrency) ?? INSTANCE_COUNTS[size] ?? 1;
  const most = instancesFor(entity.max_provisioned_concurrency) ?? fewest;
  if (entity.scale_to_zero_enabled) {
    return { instance_type, instance_count: most, scale_to_zero: true };
  }
  return {
    instance_type,
    instance_count: Math.min(fewest, most),
    ...(most > fewest && { instance_maximum: most }),
  };
}

const instancesFor = (concurrency: number | undefined) =>
  concurrency === undefined ? undefined : Math.max(1, Math.ceil(concurrency / CONCURRENCY));

/** Throws INVALID_PARAMETER_VALUE for a type, size or concurrency that no instance has. */
export function checkWorkload(entity: Sized): void {
  const { workload_type: type = 'CPU', workload_size: size } = entity;
  const { min_provisioned_concurrency: min, max_provisioned_concurrency: max } = entity;
  if (!type.startsWith('CPU') && !Object.hasOwn(INSTANCE_TYPES, type)) {
    const known = ['CPU', ...Object.keys(INSTANCE_TYPES)].join(', ');
    throw invalid(`workload_type ${type} is not known; known are ${known}`);
  }
  if (!workloadOf(entity)) return;
  if (size !== undefined && !Object.hasOwn(INSTANCE_COUNTS, size)) {
    const known = Object.keys(INSTANCE_COUNTS).join(', ');
    throw invalid(`workload_size ${size} is not known for instances; known are ${known}`);
  }
  if (min === undefined && max === undefined) return;
  if (size !== undefined) {
    throw invalid('workload_size and provisioned concurrency cannot both be given');
  }
  if ((min ?? 0) < 0 || max === undefined || max < Math.max(min ?? 0, 1)) {
    throw invalid('max_provisioned_concurrency must be 1 or more, and no less than the minimum');
  }
}

/** Name of the SageMaker endpoint; a namesake that is created later has another id, so another one. */
export const deploymentName = (endpointId: string) => `slipway-${endpointId.slice(0, 16)}`;

/**
 * The SageMaker endpoint of a version. All that answer at once share one; one with a queue has its own:
 * InvokeEndpointAsync cannot name a variant.
 */
export const deploymentOf = (
  endpointId: string,
  { variant, scale_to_zero }: { readonly variant: string; readonly scale_to_zero?: boolean },
) => (scale_to_zero ? `${deploymentName(endpointId)}-${variant}` : deploymentName(endpointId));

/** Endpoint and variant that serve a version on a workload; the variant's name differs whenever anything of these does. */
export function deployedOn(
  endpointId: string,
  { model, version, location, environmentVars }: VersionAt,
  workload: Workload,
): Deployed {
  const { instance_type, instance_count, instance_maximum, scale_to_zero } = workload;
  const content = [model, version, location, instance_type, instance_count];
  if (scale_to_zero) content.push('scale_to_zero');
  if (instance_maximum !== undefined) content.push(`to ${instance_maximum}`);
  const environment = environmentId(environmentVars);
  if (environment !== undefined) content.push(`with ${environment}`);
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const variant = `v${version}-${digest.slice(0, 12)}`;
  const endpoint = deploymentOf(endpointId, { variant, ...(scale_to_zero && { scale_to_zero }) });
  return { endpoint, variant, ...(scale_to_zero && { queued: true as const }) };
}

interface VersionAt {
  readonly model: string;
  readonly version: string;
  readonly location: { readonly bucket: string; readonly key: string };
  readonly environmentVars?: EnvironmentVars;
}
