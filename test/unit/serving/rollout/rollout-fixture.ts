import { noEvidence } from '../../../../functions/serving/rollout/evidence.ts';
import type { Rollout } from '../../../../functions/serving/rollout/rollout.ts';

/** A canary half of whose traffic goes to the candidate, and that nobody has looked at. */
export const aRollout = (own: Pick<Rollout, 'id' | 'strategy'> & Partial<Rollout>): Rollout => ({
  endpoint: 'e',
  endpointId: 'i',
  entity: 'main',
  model: 'm',
  from: '1',
  to: '2',
  cause: 'alias',
  status: 'RUNNING',
  step: 0,
  share: 50,
  requestedBy: 'ana',
  startedAt: 0,
  correlationId: 'c',
  evidence: noEvidence,
  looks: 0,
  counted: [],
  ...own,
});
