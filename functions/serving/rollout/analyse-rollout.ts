import type { OperationContext } from '../../shared/context.ts';
import { addLabels, addRequests } from './evidence.ts';
import { rolloutInPlace } from './find-rollout.ts';
import { judgeRollout, type Verdict } from './judge-rollout.ts';
import { readLabels, readRequests } from './rollout-log-store.ts';
import { saveEvidence } from './rollout-store.ts';

/** Counts what arrived since the last look and says what follows. */
export async function analyseRollout(
  { endpoint, rollout_id: id }: { endpoint: string; rollout_id: string },
  context: OperationContext,
): Promise<Verdict | { readonly next: 'over' }> {
  const found = await rolloutInPlace(endpoint, id);
  if (!found || found.active.promoted) return { next: 'over' };
  const { rollout } = found;
  const { strategy } = rollout;
  const requests = await readRequests(id, rollout.evidence);
  let evidence = addRequests(rollout.evidence, requests.seen, strategy, rollout);
  let cursors = { ...evidence.cursors, ...requests.cursors };
  if (strategy.analysis.quality) {
    const labels = await readLabels(id, evidence, strategy.analysis.quality);
    evidence = addLabels(evidence, labels.seen, strategy);
    cursors = { ...cursors, ...labels.cursors };
  }
  evidence = { ...evidence, cursors };
  await saveEvidence(rollout, evidence);
  return judgeRollout({ ...rollout, evidence }, context.clock());
}
