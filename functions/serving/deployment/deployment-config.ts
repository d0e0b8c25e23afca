import { createHash } from 'node:crypto';
import type { Candidate, DeploymentQuestion, Memory, Seen } from './deployment-step.ts';

/** An environment is built before the model is loaded. */
const STARTUP_SECONDS = 1800;

export const nameOf = ({ deployment }: Candidate) => deployment.variant;

/** What has a queue is named after its variant already; names have 63 characters at most. */
const modelName = (name: string, variant: string) =>
  name.endsWith(`-${variant}`) ? name : `${name}-${variant}`;

export const resourceOf = (name: string, variant: string) => `endpoint/${name}/variant/${variant}`;

/**
 * Instances that a variant comes up with: as many as what answers for the same model on the same
 * instances has now, so that a switch under load finds them there; within its own range.
 */
function firstInstances(
  { seen, live }: DeploymentQuestion,
  { model, deployment }: Candidate,
  candidates: readonly Candidate[],
): number {
  const { instance_type, instance_count: fewest, instance_maximum: most = fewest } = deployment;
  const answering = candidates.filter(
    (one) =>
      one.model === model &&
      one.deployment.instance_type === instance_type &&
      live.has(nameOf(one)),
  );
  const running = answering.map(
    (one) => seen.variants.find(({ name }) => name === nameOf(one))?.instances ?? 0,
  );
  return Math.max(fewest, Math.min(most, Math.max(0, ...running)));
}

/** The models and the configuration by which SageMaker serves the candidates. */
export function configuration(question: DeploymentQuestion, candidates: readonly Candidate[]) {
  const { name, queue, seen, live } = question;
  const queued = queue !== undefined;
  const ordered = candidates.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const variants = ordered.map((one) => ({
    VariantName: nameOf(one),
    ModelName: modelName(name, nameOf(one)),
    InstanceType: one.deployment.instance_type,
    // The first shows whether the model comes up; the queue decides on more and on none.
    InitialInstanceCount: queued ? 1 : firstInstances(question, one, candidates),
    // The data path names the variant that it asks; whoever does not gets what is live.
    InitialVariantWeight: queued ? 1 : (live.get(nameOf(one)) ?? (live.size === 0 ? 1 : 0)),
    ContainerStartupHealthCheckTimeoutInSeconds: STARTUP_SECONDS,
  }));
  const digest = createHash('sha256').update(JSON.stringify(variants)).digest('hex').slice(0, 12);
  return {
    models: ordered
      .filter(({ deployment }) => !seen.variants.some((one) => one.name === deployment.variant))
      .map(({ deployment, environmentVars = {} }) => ({
        name: modelName(name, deployment.variant),
        uri: `s3://${deployment.location.bucket}/${deployment.location.key.replace(/\/$/, '')}/`,
        environment: environmentVars,
      })),
    config: { name: `${name}-${digest}`, queued, variants },
  };
}

/** The weights that are not what they should be; undefined when none is, or nothing is live. */
export function weightsOf({ seen, live }: DeploymentQuestion) {
  const total = [...live.values()].reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return undefined;
  const wanted = (name: string) => live.get(name) ?? 0;
  // SageMaker keeps them in single precision.
  const off = seen.variants.some(({ name, weight }) => Math.abs(weight - wanted(name)) > 0.01);
  if (!off) return undefined;
  return seen.variants.map(({ name }) => ({ VariantName: name, DesiredWeight: wanted(name) }));
}

/** What this execution has met and nobody uses any more. */
export function unused(name: string, { configs, variants }: Memory, seen: Seen) {
  const present = new Set(seen.variants.map((one) => one.name));
  return {
    configs: configs.filter((config) => config !== seen.config),
    models: variants
      .filter((variant) => !present.has(variant))
      .map((variant) => modelName(name, variant)),
  };
}
