import type { Json, JsonObject } from '../asl/definition.ts';

/** `Map.Item` of the context object; `Key` when the items are members of an object. */
export interface MapItem {
  readonly Index: number;
  readonly Value: Json;
  readonly Key?: string;
}

/** What one visit of a state must remember to go on after a restart. Times in milliseconds. */
interface Visit {
  entered: number;
  /** Counts the visits of this frame: part of the key of their side effects. */
  readonly sequence: number;
  /** Retries that each retrier of the state has made; empty before the first. */
  attempts: number[];
  /** The state failed and runs again at this time. */
  retryAt?: number;
  /** End of a Wait. */
  wakeAt?: number;
  /** Task that waits for a token: the token and when the attempt began. */
  token?: string;
  startedAt?: number;
  /** The token is with somebody: the call that hands it out has returned. */
  submitted?: boolean;
  /** Branches or iterations that exist as frames. */
  children?: number;
}

type FrameStatus = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';

/**
 * Where one thread of an execution stands: the machine itself (path ``), a branch or an iteration
 * (path of the frame that holds the Parallel or Map, a slash, its index).
 */
export interface Frame {
  readonly path: string;
  status: FrameStatus;
  state: string;
  input: Json;
  /** Variables assigned in this frame; those of the frames around it are seen, not kept. */
  variables: JsonObject;
  visit: Visit;
  readonly item?: MapItem;
  output?: Json;
  failure?: { readonly error: string; readonly cause: string };
  /** Id of the newest event of this thread. */
  lastEvent: number;
}

export function childPath(parent: string, index: number): string {
  return `${parent}/${index}`;
}
