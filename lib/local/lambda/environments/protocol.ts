/** What the host and a worker thread tell each other. */
export interface WorkerSettings {
  /** File URL of the bundle. */
  readonly bundle: string;
  /** Name of the exported handler. */
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
}

/** Asks a worker to end as soon as nothing that it sent is without an answer. */
export interface Leave {
  readonly leave: true;
}

export interface ToWorker {
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  /** Epoch milliseconds at which the invocation times out. */
  readonly deadline: number;
  readonly bodyApart: boolean;
}

/** The error object that callers and state machines see. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'broken'; readonly error: FunctionError }
  /** What the function writes to its log. */
  | { readonly type: 'output'; readonly text: string }
  /** … with what it wrote last. */
  | (Answer & { readonly output: string });

export type Answer =
  | { readonly type: 'result'; readonly payload: string; readonly body?: Uint8Array<ArrayBuffer> }
  | { readonly type: 'error'; readonly error: FunctionError };
