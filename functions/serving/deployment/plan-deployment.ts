import { createHash } from 'node:crypto';
import type { Preparation } from '../preparation/preparation.ts';

/** What SageMaker says of the endpoint. */
export interface Seen {
  /** `Absent`, or SageMaker's own. */
  readonly status: string;
  readonly config: string;
  readonly variants: readonly {
    readonly name: string;
    readonly weight: number;
    /** How many there are now; absent in executions that began before this was asked. */
    readonly instances?: number | undefined;
  }[];
  readonly failure: string;
}

/** What one execution has done so far. */
export interface Memory {
  /** Configuration that SageMaker has taken from it, and not yet answered for; empty when none. */
  readonly tried: string;
  /** Why it cannot come about; empty while it may. */
  readonly problem: string;
  /** Whether the weights were set to what they should be. */
  readonly weighted: boolean;
  /** Whether its instances come and go. */
  readonly scaled?: boolean | undefined;
  /** Variants whose instances come and go no more: they are about to be taken off. */
  readonly unscaled?: readonly string[] | undefined;
  /** Whether a problem was told that no version waits for. */
  readonly told: boolean;
  /** Configurations and variants that it has met. */
  readonly configs: readonly string[];
  readonly variants: readonly string[];
}

/** A version that SageMaker serves, or should. */
export interface Candidate
  extends Pick<Preparation, 'preparation' | 'model' | 'state' | 'since'>,
    Required<Pick<Preparation, 'deployment'>> {}

export interface DeploymentQuestion {
  readonly name: string;
  /** The only variant, where requests wait in a queue. */
  readonly queue?: string;
  readonly seen: Seen;
  readonly memory: Memory;
  /** The preparation that this execution was started for; null: it only tidies up. */
  readonly own: string | null;
  readonly candidates: readonly Candidate[];
  /** Variants whose instances come and go with the requests. */
  readonly scaled: ReadonlySet<string>;
  /** Shares of the traffic of the variants that answer requests now. */
  readonly live: ReadonlyMap<string, number>;
  /** How often SageMaker was asked already. */
  readonly looks: number;
  readonly now: number;
}

interface Model {
  readonly name: string;
  readonly uri: string;
}

interface Variant {
  readonly VariantName: string;
  readonly ModelName: string;
  readonly InstanceType: string;
  readonly InitialInstanceCount: number;
  readonly InitialVariantWeight: number;
  readonly ContainerStartupHealthCheckTimeoutInSeconds: number;
}

/** What Application Auto Scaling is told of a variant. */
export interface Scaling {
  /** `endpoint/<name>/variant/<variant>`. */
  readonly resource: string;
  readonly minimum: number;
  readonly maximum: number;
  /** By what waits in its queue, rather than by the requests that it is answering. */
  readonly queued: boolean;
}

/** What is to be done next; then SageMaker is asked again. */
export type Step = { readonly memory: Memory } & (
  | { readonly do: 'wait' }
  /** `scaling`: what has to go first. */
  | { readonly do: 'delete'; readonly scaling?: Pick<Scaling, 'resource'> }
  | {
      readonly do: 'create' | 'update';
      readonly models: readonly Model[];
      readonly config: {
        readonly name: string;
        readonly queued: boolean;
        readonly variants: readonly Variant[];
      };
    }
  | { readonly do: 'scale'; readonly scaling: Scaling }
  /** SageMaker takes no variant off that is scaled. */
  | { readonly do: 'unscale'; readonly scaling: Pick<Scaling, 'resource'> }
  | {
      readonly do: 'weights';
      readonly weights: readonly { readonly VariantName: string; readonly DesiredWeight: number }[];
    }
  | { readonly do: 'record' }
  | { readonly do: 'done'; readonly configs: readonly string[]; readonly models: readonly string[] }
);

/** A version that is ready is kept so long for whoever is about to switch to it. */
const KEPT_MS = 15 * 60_000;

/** Nobody will report any more of a preparation that is older. */
const LOST_MS = 40 * 60_000;

/** With 20 s between two, as long as a preparation may take. */
const MAX_LOOKS = 115;

/**
 * Whoever waited has heard by then; what SageMaker is still at is followed for a day longer, with
 * 5 minutes between two looks, so that nothing is left there to be billed that nobody knows of.
 */
const LAST_LOOK = MAX_LOOKS + (24 * 60) / 5;

/** An environment is built before the model is loaded. */
const STARTUP_SECONDS = 1800;

/**
 * What to do next, so that SageMaker serves what is live, what is about to be and what this execution
 * was started for. It looks at the present only: executions beside each other come to the same end.
 */
export function planDeployment(question: DeploymentQuestion): Step {
  const { seen, own, looks } = question;
  let memory = met(question.memory, seen);
  const settled = ['InService', 'Failed', 'Absent'].includes(seen.status);
  if (looks > (own === null ? LAST_LOOK : MAX_LOOKS)) {
    const late = `SageMaker is still in status ${seen.status} after ${looks} looks`;
    const problem = memory.problem || late;
    if (own !== null) return { do: 'record', memory: { ...memory, problem } };
    if (!settled && !memory.told) {
      return { do: 'record', memory: { ...memory, problem, told: true } };
    }
    return { do: 'done', configs: [], models: [], memory };
  }
  if (!settled) return { do: 'wait', memory };
  const candidates = question.candidates.filter((one) => isWanted(one, question));
  const present = new Set(seen.variants.map(({ name }) => name));
  const asked = candidates.find(({ preparation }) => preparation === own);
  const scaling = scalingOf(question, asked);
  const removal = { do: 'delete', ...(scaling?.queued && { scaling }) } as const;
  if (seen.status === 'Failed') return { ...removal, memory: failed(memory, seen) };
  const problem = memory.problem || takenBack(seen, memory, candidates, asked);
  if (seen.status === 'InService') memory = { ...memory, tried: '' };
  if (asked && scaling && problem === '' && present.has(nameOf(asked)) && !memory.scaled) {
    return { do: 'scale', scaling, memory: { ...memory, scaled: true } };
  }
  if (own !== null && (problem !== '' || !asked || present.has(asked.deployment.variant))) {
    return { do: 'record', memory: { ...memory, problem } };
  }
  if (problem !== '') {
    if (!memory.told) return { do: 'record', memory: { ...memory, problem, told: true } };
    return { do: 'done', ...unused(question.name, memory, seen), memory };
  }
  const scaled = scaledOff(question, memory, candidates);
  if (scaled !== undefined) {
    const unscaled = union(memory.unscaled ?? [], [scaled]);
    const resource = resourceOf(question.name, scaled);
    return { do: 'unscale', scaling: { resource }, memory: { ...memory, unscaled } };
  }
  if (candidates.length === 0 && seen.status === 'InService') return { ...removal, memory };
  if (candidates.length > 0 && !equal(present, candidates)) {
    const next = configuration(question, candidates);
    const configs = union(memory.configs, [next.config.name]);
    const variants = union(memory.variants, candidates.map(nameOf));
    const step = seen.status === 'Absent' ? 'create' : 'update';
    return { do: step, memory: { ...memory, configs, variants }, ...next };
  }
  const weights = question.queue === undefined ? weightsOf(question) : undefined;
  if (weights && !memory.weighted) return { do: 'weights', weights, memory };
  // One that is ready but not switched to yet keeps the execution until it is, or is too old.
  if (candidates.some(({ deployment }) => !question.live.has(deployment.variant))) {
    return { do: 'wait', memory: { ...memory, weighted: false } };
  }
  return { do: 'done', ...unused(question.name, memory, seen), memory };
}

const nameOf = ({ deployment }: Candidate) => deployment.variant;

/** What has a queue is named after its variant already; names have 63 characters at most. */
const modelName = (name: string, variant: string) =>
  name.endsWith(`-${variant}`) ? name : `${name}-${variant}`;

function scalingOf(
  { name, queue }: DeploymentQuestion,
  asked: Candidate | undefined,
): Scaling | undefined {
  if (queue !== undefined) {
    const maximum = asked?.deployment.instance_count ?? 1;
    return { resource: resourceOf(name, queue), minimum: 0, maximum, queued: true };
  }
  const { variant, instance_count: minimum, instance_maximum: maximum } = asked?.deployment ?? {};
  if (variant === undefined || minimum === undefined || maximum === undefined) return undefined;
  return { resource: resourceOf(name, variant), minimum, maximum, queued: false };
}

const resourceOf = (name: string, variant: string) => `endpoint/${name}/variant/${variant}`;

/** A variant that is about to be taken off, and still scaled. */
function scaledOff(
  { seen, scaled }: DeploymentQuestion,
  { unscaled = [] }: Memory,
  candidates: readonly Candidate[],
): string | undefined {
  const kept = new Set(candidates.map(nameOf));
  return seen.variants
    .map(({ name }) => name)
    .find((name) => scaled.has(name) && !kept.has(name) && !unscaled.includes(name));
}

const union = (...lists: (readonly string[])[]) => [...new Set(lists.flat())];

function met(memory: Memory, seen: Seen): Memory {
  return {
    ...memory,
    configs: union(memory.configs, seen.config === '' ? [] : [seen.config]),
    variants: union(
      memory.variants,
      seen.variants.map(({ name }) => name),
    ),
  };
}

/** A creation that failed; one that nobody here has asked for is only cleared away. */
function failed(memory: Memory, { failure }: Seen): Memory {
  if (memory.tried === '') return memory;
  return { ...memory, tried: '', problem: failure || 'SageMaker gives no reason' };
}

function isWanted(one: Candidate, { seen, live, own, memory, now }: DeploymentQuestion): boolean {
  const { variant } = one.deployment;
  if (live.has(variant)) return true;
  const age = now - one.since;
  if (one.preparation === own) return one.state === 'PREPARING' && memory.problem === '';
  if (!seen.variants.some(({ name }) => name === variant)) return false;
  return one.state === 'PREPARING' ? age < LOST_MS : one.state === 'READY' && age < KEPT_MS;
}

/** Why SageMaker does not serve what it had taken on; empty when it does. */
function takenBack(
  { status, config, variants, failure }: Seen,
  { tried }: Memory,
  candidates: readonly Candidate[],
  asked: Candidate | undefined,
): string {
  if (tried === '' || status !== 'InService') return '';
  const present = new Set(variants.map(({ name }) => name));
  const arrived = asked
    ? present.has(asked.deployment.variant)
    : config === tried || equal(present, candidates);
  const reason = failure || 'it gives no reason';
  return arrived ? '' : `SageMaker went back to configuration ${config}: ${reason}`;
}

function equal(present: ReadonlySet<string>, candidates: readonly Candidate[]): boolean {
  return present.size === candidates.length && candidates.every((one) => present.has(nameOf(one)));
}

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

function configuration(question: DeploymentQuestion, candidates: readonly Candidate[]) {
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
      .map(({ deployment }) => ({
        name: modelName(name, deployment.variant),
        uri: `s3://${deployment.location.bucket}/${deployment.location.key.replace(/\/$/, '')}/`,
      })),
    config: { name: `${name}-${digest}`, queued, variants },
  };
}

/** The weights that are not what they should be; undefined when none is, or nothing is live. */
function weightsOf({ seen, live }: DeploymentQuestion) {
  const total = [...live.values()].reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return undefined;
  const wanted = (name: string) => live.get(name) ?? 0;
  // SageMaker keeps them in single precision.
  const off = seen.variants.some(({ name, weight }) => Math.abs(weight - wanted(name)) > 0.01);
  if (!off) return undefined;
  return seen.variants.map(({ name }) => ({ VariantName: name, DesiredWeight: wanted(name) }));
}

/** What this execution has met and nobody uses any more. */
function unused(name: string, { configs, variants }: Memory, seen: Seen) {
  const present = new Set(seen.variants.map((one) => one.name));
  return {
    configs: configs.filter((config) => config !== seen.config),
    models: variants
      .filter((variant) => !present.has(variant))
      .map((variant) => modelName(name, variant)),
  };
}
