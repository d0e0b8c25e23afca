import type { Actor } from './actor.ts';
import type { Clock } from './clock.ts';

/** What every operation gets besides its input. */
export interface OperationContext {
  readonly actor: Actor;
  readonly clock: Clock;
  /** Ties everything that one request or event caused together. */
  readonly correlationId: string;
  /** Id of the event that made this happen, if one did. */
  readonly causationId?: string;
}
