import { configuration, nameOf, resourceOf, unused, weightsOf } from './deployment-config.ts';
import type {
  Candidate,
  DeploymentQuestion,
  Memory,
  Scaling,
  Seen,
  Step,
} from './deployment-step.ts';

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
