import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../shared/database.ts';
import type { Statements } from '../journal/statements.ts';

/** How long a name stays taken, and a history readable, after the end of an execution. */
const RETENTION_MS = 90 * 24 * 3600 * 1000;

/** Executions forgotten in one transaction: nothing else can be journaled meanwhile. */
const STEP = 50;

/**
 * Forgets executions that ended more than 90 days ago, a few at a time, until none is left or the signal
 * aborts. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export async function forgetOldExecutions(
  database: DatabaseSync,
  statements: Statements,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  for (let forgotten = 0; !signal.aborted; ) {
    const old = statements.endedBefore.all(now - RETENTION_MS, STEP);
    if (old.length === 0) {
      if (forgotten > 0) statements.deleteUnusedDefinitions.run();
      return;
    }
    forgotten += old.length;
    transaction(database, () => {
      for (const { id } of old) {
        const execution = Number(id);
        statements.deleteEvents.run(execution);
        statements.deleteFrames.run(execution);
        statements.deleteTokens.run(execution);
        statements.deleteExecution.run(execution);
      }
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
}
