import type { LiveEntity } from '../endpoints/endpoint.ts';
import { inTime } from './in-time.ts';
import { predict, type Spent } from './predict.ts';
import type { ScoringRequest } from './scorer.ts';
import type { Snapshot } from './snapshots.ts';

/** So long a caller who is refused waits for what the other arm says. */
const PATIENCE_MS = 1000;

/**
 * Whether the other arm of the rollout answers what this one refused. Only then does the refusal say
 * something about the version; else the mistake is the caller's, or nobody knows.
 */
export async function otherArmAnswers(
  { live, ...loaded }: Snapshot,
  refusing: LiveEntity,
  request: ScoringRequest,
  spent: Spent,
): Promise<boolean> {
  const other = live.entities.find(
    (one) => one !== refusing && one.arm?.rollout === refusing.arm?.rollout,
  );
  if (!other || other.deployed?.queued) return false;
  const answered = predict({ live, ...loaded }, other, request, spent).then(
    () => true,
    () => false,
  );
  return inTime(answered, PATIENCE_MS, () => false);
}
