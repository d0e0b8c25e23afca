import type { Deliver, Delivery } from '../service.ts';

/** Errors that no retry can help: the target does not exist. */
const PERMANENT = new Set([
  'QueueDoesNotExist',
  'ResourceNotFoundException',
  'StateMachineDoesNotExist',
  'InvalidArn',
  'UnsupportedError',
]);

export const isGone = (errorName: string): boolean => PERMANENT.has(errorName);

/**
 * Takes the record of a failure to its destination; one that does not exist gets none, as on AWS, and the
 * record is written to the log. Throws errors that a later attempt may overcome.
 */
export async function deliverUnlessGone(
  deliver: Deliver,
  delivery: Delivery,
  origin: string,
): Promise<void> {
  try {
    await deliver(delivery);
  } catch (error) {
    if (!(error instanceof Error) || !isGone(error.name)) throw error;
    const lost = `it is given up: ${delivery.payload}`;
    console.error(`No record from ${origin} to ${delivery.arn}: ${error.message}; ${lost}`);
  }
}
