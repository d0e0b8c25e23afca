import { ConditionFailed } from '../shared/dynamo/index.ts';
import { DomainError } from '../shared/errors.ts';

const MAX_ATTEMPTS = 40;

/** Repeats read-decide-write while another writer was faster; TEMPORARILY_UNAVAILABLE at the end. */
export async function retryChanged<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; tries <= MAX_ATTEMPTS; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4 * tries));
    }
  }
  throw new DomainError('TEMPORARILY_UNAVAILABLE', 'Too many changes at once; try again');
}
