import type { Frame } from '../engine/frame.ts';

/**
 * A frame of an unsuccessful execution as the redrive finds it: what succeeded stays, what failed
 * or was stopped visits its state again with all its retries; branches that succeeded are kept.
 */
export function redrivenFrame(frame: Frame, event: number, now: number): Frame {
  if (frame.status === 'SUCCEEDED' || frame.status === 'PENDING') return frame;
  const { failure: _, ...rest } = frame;
  const { sequence, children } = frame.visit;
  return {
    ...rest,
    status: 'RUNNING',
    lastEvent: event,
    visit: {
      entered: now,
      sequence: sequence + 1,
      attempts: [],
      ...(children !== undefined && { children }),
    },
  };
}
