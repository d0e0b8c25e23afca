import type { CompactionLimits } from '../../../functions/tracking/segments/compact-runs.ts';

/** Every run rests at once, and segments are small, so that there are many. */
export const EAGER: CompactionLimits = {
  minRuns: 1,
  maxFresh: 1000,
  maxRuns: 3,
  maxRows: 6,
  crowd: 1000,
  rest: { ended: 0, running: 0, crowd: 0, sought: 0 },
};
