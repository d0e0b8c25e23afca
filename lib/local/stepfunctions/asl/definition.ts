/** A JSON value: what travels between states. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

/** States that refer to each other: a whole machine, a branch of a Parallel, a Map's processor. */
export interface StateBlock {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A machine with which `validateDefinition` finds nothing wrong. */
export interface Definition extends StateBlock {
  readonly Comment?: string;
  /** Of the whole execution, from its start. */
  readonly TimeoutSeconds?: number;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

/** What a state, a choice rule or a catcher does on the way out. */
export interface Exit {
  readonly Next?: string;
  readonly End?: true;
  readonly Assign?: JsonObject;
  readonly Output?: Json;
}

interface Catcher extends Exit {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
}

/** What Task, Parallel and Map have in common: they can fail, be retried and caught. */
export interface Recovery {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

interface PassState extends Exit {
  readonly Type: 'Pass';
}

export interface TaskState extends Exit, Recovery {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Arguments?: Json;
  readonly TimeoutSeconds?: Json;
  readonly HeartbeatSeconds?: Json;
}

interface ChoiceRule extends Exit {
  readonly Condition: Json;
  readonly Next: string;
}

export interface ChoiceState extends Exit {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

export interface WaitState extends Exit {
  readonly Type: 'Wait';
  readonly Seconds?: Json;
  readonly Timestamp?: Json;
}

interface SucceedState extends Exit {
  readonly Type: 'Succeed';
}

export interface FailState extends Exit {
  readonly Type: 'Fail';
  readonly Error?: Json;
  readonly Cause?: Json;
}

export interface ParallelState extends Exit, Recovery {
  readonly Type: 'Parallel';
  readonly Arguments?: Json;
  readonly Branches: readonly StateBlock[];
}

interface ItemProcessor extends StateBlock {
  readonly ProcessorConfig?: {
    readonly Mode?: 'INLINE' | 'DISTRIBUTED';
    readonly ExecutionType?: 'STANDARD' | 'EXPRESS';
  };
}

export interface ItemReader {
  readonly Resource: string;
  readonly Arguments: JsonObject;
  readonly ReaderConfig: { readonly InputType: 'JSON' | 'JSONL'; readonly MaxItems?: Json };
}

export interface ItemBatcher {
  readonly MaxItemsPerBatch?: Json;
  readonly MaxInputBytesPerBatch?: Json;
  readonly BatchInput?: Json;
}

export interface MapState extends Exit, Recovery {
  readonly Type: 'Map';
  readonly Items?: Json;
  readonly ItemSelector?: Json;
  readonly ItemProcessor: ItemProcessor;
  readonly MaxConcurrency?: Json;
  readonly ItemReader?: ItemReader;
  readonly ItemBatcher?: ItemBatcher;
  readonly ToleratedFailureCount?: Json;
  readonly ToleratedFailurePercentage?: Json;
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;
