import { DomainError } from '../errors.ts';
import { ConditionFailed } from './write.ts';

const MAX_ATTEMPTS = 40;

/**
 * Reads, decides and writes again while the condition of the write says that somebody else was faster:
 * changes of one thing at the same moment all count. Throws REQUEST_LIMIT_EXCEEDED when that does not end.
 */
export async function retryChanged<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; tries <= MAX_ATTEMPTS; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4 * tries));
    }
  }
  throw new DomainError('REQUEST_LIMIT_EXCEEDED', 'Too many changes at once; try again');
}
