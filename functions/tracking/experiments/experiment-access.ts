import { type AccessControl as Access, highestGiven } from '../../shared/access-control.ts';
import { type Actor, PROGRAMS } from '../../shared/actor.ts';
import type { OperationContext } from '../../shared/context.ts';
import { DomainError } from '../../shared/errors.ts';
import { findRun } from '../runs/run-store.ts';
import type { Experiment } from './experiment.ts';
import { findStoredExperiment } from './experiment-store.ts';

/** Levels of Databricks' experiments; each includes those before it. */
export const EXPERIMENT_LEVELS = ['CAN_READ', 'CAN_EDIT', 'CAN_MANAGE'] as const;

export type ExperimentLevel = (typeof EXPERIMENT_LEVELS)[number];

export type ExperimentAccess = Access<ExperimentLevel>;

type Guarded = Pick<Experiment, 'experiment_id' | 'acl' | 'creator'>;

/**
 * The highest level that an actor has. Admins and the creator have CAN_MANAGE, others what the experiment's list
 * gives them; everybody has it on an experiment without a list, as in MLflow. A program has CAN_EDIT at most.
 */
export function experimentLevel(
  { acl, creator }: Guarded,
  actor: Actor,
): ExperimentLevel | undefined {
  const all = !acl || actor.groups.includes('admins') || actor.user === creator;
  const level = all ? 'CAN_MANAGE' : highestGiven(acl, actor, EXPERIMENT_LEVELS);
  return level === 'CAN_MANAGE' && actor.groups.includes(PROGRAMS) ? 'CAN_EDIT' : level;
}

/** Throws PERMISSION_DENIED when the actor has less than a level. */
export function requireLevel(experiment: Guarded, actor: Actor, needed: ExperimentLevel): void {
  const level = experimentLevel(experiment, actor);
  if (level && EXPERIMENT_LEVELS.indexOf(level) >= EXPERIMENT_LEVELS.indexOf(needed)) return;
  throw new DomainError(
    'PERMISSION_DENIED',
    `${actor.user} needs ${needed} on Experiment (id=${experiment.experiment_id})`,
  );
}

/** As long as API Gateway keeps an authorizer's answer: log calls should not read an experiment each. */
const MAX_AGE_MS = 10_000;
const MAX_REMEMBERED = 10_000;

const remembered = new Map<string, { readonly at: number; readonly experiment: Guarded }>();
/** A run stays in its experiment. */
const experimentOfRun = new Map<string, string>();

function remember<V>(map: Map<string, V>, key: string, value: V): V {
  if (map.size >= MAX_REMEMBERED) map.clear();
  map.set(key, value);
  return value;
}

export const forgetAccess = (experimentId: string) => remembered.delete(experimentId);

/**
 * Throws PERMISSION_DENIED when the experiment is there and the actor has less than the level; other
 * processes see a changed list within ten seconds.
 */
export async function requireLevelOn(
  experimentId: string,
  level: ExperimentLevel,
  { actor, clock }: OperationContext,
): Promise<void> {
  // Admins may do everything: the experiment does not have to be read.
  if (actor.groups.includes('admins')) return;
  const known = remembered.get(experimentId);
  if (known && clock() - known.at < MAX_AGE_MS) return requireLevel(known.experiment, actor, level);
  const found = await findStoredExperiment(experimentId);
  if (!found) return;
  const { experiment_id, acl, creator } = found;
  const experiment = { experiment_id, ...(acl && { acl }), ...(creator && { creator }) };
  remember(remembered, experimentId, { at: clock(), experiment });
  requireLevel(experiment, actor, level);
}

/** The same for the experiment of a run. */
export async function requireLevelOnRun(
  runId: string,
  level: ExperimentLevel,
  context: OperationContext,
): Promise<void> {
  if (context.actor.groups.includes('admins')) return;
  const id = experimentOfRun.get(runId) ?? (await findRun(runId))?.experiment_id;
  if (id !== undefined) {
    await requireLevelOn(remember(experimentOfRun, runId, id), level, context);
  }
}
