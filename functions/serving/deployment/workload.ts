import { createHash } from 'node:crypto';
import { invalid } from '../../shared/errors.ts';
import type { Deployed } from '../endpoint.ts';
import type { ServedEntity } from '../endpoint-config.ts';

/** What a version that SageMaker serves runs on. */
export interface Workload {
  readonly instance_type: string;
  readonly instance_count: number;
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
};

const INSTANCE_COUNTS: Readonly<Record<string, number>> = { Small: 1, Medium: 2, Large: 4 };

type Sized = Pick<ServedEntity, 'workload_type' | 'workload_size' | 'instance_type'>;

/** What an entity runs on; undefined when it is scored in a function. */
export function workloadOf(entity: Sized): Workload | undefined {
  const { workload_type: type = 'CPU', workload_size: size = 'Small' } = entity;
  const instance_type = entity.instance_type ?? INSTANCE_TYPES[type];
  if (instance_type === undefined) return undefined;
  return { instance_type, instance_count: INSTANCE_COUNTS[size] ?? 1 };
}

/** Throws INVALID_PARAMETER_VALUE for what no instance is. */
export function checkWorkload(entity: Sized & Pick<ServedEntity, 'scale_to_zero_enabled'>): void {
  const { workload_type: type = 'CPU', workload_size: size } = entity;
  if (!type.startsWith('CPU') && !Object.hasOwn(INSTANCE_TYPES, type)) {
    const known = ['CPU', ...Object.keys(INSTANCE_TYPES)].join(', ');
    throw invalid(`workload_type ${type} is not known; known are ${known}`);
  }
  if (!workloadOf(entity)) return;
  if (size !== undefined && !Object.hasOwn(INSTANCE_COUNTS, size)) {
    const known = Object.keys(INSTANCE_COUNTS).join(', ');
    throw invalid(`workload_size ${size} is not known for instances; known are ${known}`);
  }
  if (entity.scale_to_zero_enabled) {
    throw invalid('scale_to_zero_enabled must be false: instances run as long as they serve');
  }
}

/** Name of the SageMaker endpoint; a namesake that is created later has another id, so another one. */
export const deploymentName = (endpointId: string) => `slipway-${endpointId.slice(0, 16)}`;

/** Where a version is served that runs on this; the variant's name says all that makes it another one. */
export function deployedOn(
  endpointId: string,
  { model, version, location }: VersionAt,
  workload: Workload,
): Deployed {
  const content = [model, version, location, workload.instance_type, workload.instance_count];
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const variant = `v${version}-${digest.slice(0, 12)}`;
  return { endpoint: deploymentName(endpointId), variant };
}

interface VersionAt {
  readonly model: string;
  readonly version: string;
  readonly location: { readonly bucket: string; readonly key: string };
}
