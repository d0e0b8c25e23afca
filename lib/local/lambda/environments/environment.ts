import type { FunctionConfig } from '../function-config.ts';
import { ImageEnvironment } from './image-environment.ts';
import type { Answer, FunctionError } from './protocol.ts';
import { WorkerEnvironment } from './worker-environment.ts';

export interface Invocation {
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  /** Whoever asked takes a large text body apart from the rest of the answer. */
  readonly bodyApart: boolean;
}

/** Where a function runs: one event at a time, until it is dead. */
export interface Environment {
  readonly config: FunctionConfig;
  /** Resolves when it can take its first event; with an error when it never will. */
  readonly ready: Promise<FunctionError | undefined>;
  readonly dead: boolean;
  /** Given up on purpose: its end is no failure of the function. */
  readonly leaving: boolean;
  /** Epoch milliseconds. */
  readonly lastUsed: number;
  /** Never rejects: whatever happens inside is an answer. */
  handle(invocation: Invocation): Promise<Answer>;
  /** Ends it between two requests to a service; resolves when it has ended. */
  leave(): Promise<void>;
  terminate(): Promise<void>;
}

export function startEnvironment(
  config: FunctionConfig,
  variables: Readonly<Record<string, string>>,
  onOutput: (text: string) => void,
): Environment {
  return config.packageType === 'Image'
    ? new ImageEnvironment(config, variables, onOutput)
    : new WorkerEnvironment(config, variables, onOutput);
}
