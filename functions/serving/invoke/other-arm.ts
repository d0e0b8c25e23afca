import type { LiveEntity } from '../endpoints/endpoint.ts';
import { inTime } from './in-time.ts';
import { predict, type Spent } from './predict.ts';
import type { ScoringRequest } from './scorer.ts';
import type { Snapshot } from './snapshots.ts';

/** How long a refused caller waits for the answer of the other arm. */
const PATIENCE_MS = 1000;

/**
 * Whether the other arm of the rollout answers a request that this one refused. Only then does the refusal count
 * against the version; a request that both refuse is the caller's mistake.
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
