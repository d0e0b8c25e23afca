import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What a run of the tests calls the folder for temporary files: one of its own, gone when the run is over.
 * So nothing stays of hosts that were killed, of processes that never come to clean up, or of what a
 * library puts there for good, as every `App` of CDK does.
 */
export function setup(): (() => void) | undefined {
  // One for all projects of the run.
  if (process.env.SLIPWAY_TEST_RUN === String(process.pid)) return undefined;
  process.env.SLIPWAY_TEST_RUN = String(process.pid);
  const folder = mkdtempSync(join(tmpdir(), 'slipway-run-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
