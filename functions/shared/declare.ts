/**
 * The vocabulary of a domain's declaration files (`routes.ts`, `table.ts`, `env.ts`, `events.ts`).
 * Plain data: the functions read it at run time, `lib/` at synth time, the docs generator always.
 */

type TableName = 'tracking' | 'metrics' | 'traces' | 'registry' | 'features' | 'platform' | 'auth';

export interface IndexDeclaration {
  /** Attributes are strings unless listed in `numbers`. */
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly numbers?: readonly string[];
  /** Attributes copied besides the keys; `ALL` copies the item. */
  readonly projection: 'ALL' | 'KEYS_ONLY' | readonly string[];
}

interface AccessPattern {
  /** Key condition in words, for example `pk = RUN#<run_id>, sk begins with METRIC#`. */
  readonly key: string;
  readonly index?: string;
  /** Operation of the store that uses it, for example `getRun`. */
  readonly by: string;
}

/** A table with string keys `pk` and `sk`. */
export interface TableDeclaration {
  readonly name: TableName;
  readonly stream: boolean;
  /** Attribute with the expiry in epoch seconds. */
  readonly ttl?: string;
  readonly indexes: Readonly<Record<string, IndexDeclaration>>;
  /** Rows that nobody may change or delete, by patterns of their `pk`; one function alone adds to them. */
  readonly appendOnly?: { readonly rows: readonly string[]; readonly writer: string };
  readonly patterns: Readonly<Record<string, AccessPattern>>;
}

/** What a function may do with a table; the construct turns it into IAM actions (never Scan). */
export type TableAccess = 'read' | 'write' | 'readWrite';

/** An environment variable bound to a resource, and with it the function's permission to use it. */
export type Binding =
  | { readonly table: TableName; readonly access: TableAccess }
  /** `writes`: the only keys that may be written, such as `environments/*`. */
  | { readonly bucket: 'artifacts'; readonly access: TableAccess; readonly writes?: string }
  | { readonly bus: true }
  /** May start executions, or with `answers` send back the tokens of tasks that wait. */
  | { readonly stateMachine: string; readonly answers?: true }
  | { readonly function: string }
  /** Address of a queue that a function declares as a trigger: may send to it. */
  | { readonly queue: string }
  /** What names of queues that users make must begin with: may send to them, or only know it. */
  | { readonly queuesNamed: string; readonly sends: boolean }
  /** ARN of the topic that tells people: may publish to it, and to those that users name. */
  | { readonly topic: 'notifications' }
  /** Schedules made at run time: their group (may be changed), their role (may be passed on), … */
  | { readonly schedules: ScheduleResource }
  | { readonly setting: SettingName };

/** What a schedule that is made at run time needs. */
export type ScheduleResource = 'group' | 'role' | 'queue' | 'deadLetters';

/** Values of an environment (dev, staging, prod) that functions read. */
export type SettingName =
  | 'environment'
  | 'artifactRoot'
  | 'trainingImage'
  | 'trackingUri'
  /** `true`: requests to addresses that users name may go to private networks, and over http. */
  | 'allowPrivateWebhooks'
  /** Keys of webhook secrets, 32 bytes in base64 each, newest first, with commas between them. */
  | 'webhookSecretsKey'
  /** Deliveries that fail one after the other before a webhook is disabled. */
  | 'webhookFailureLimit';

type StreamFilter = Readonly<Record<string, unknown>>;

export type Trigger =
  /** Records of a table's stream that match one of the filters (Lambda filter criteria). */
  | {
      readonly stream: TableName;
      readonly filter: StreamFilter | readonly StreamFilter[];
      readonly batchSize: number;
      readonly windowSeconds?: number;
    }
  /**
   * Events of the bus, through a queue with a dead-letter queue; with `objects` also objects that arrive
   * in the bucket below one of these prefixes, and with `failuresOf` executions of these state machines
   * that were stopped or ended in an error.
   */
  | {
      readonly events: readonly string[];
      readonly objects?: readonly string[];
      readonly failuresOf?: readonly string[];
      readonly batchSize?: number;
    }
  /** A queue of its own, with a dead-letter queue, that functions with the binding send to. */
  | { readonly queue: string; readonly batchSize?: number }
  /** Every event of the bus, and objects that users put into the bucket, through one queue. */
  | { readonly everyEvent: true; readonly objectsOf: 'artifacts' }
  /** Schedules made at run time, through their queue. */
  | { readonly schedules: true }
  | { readonly schedule: string };

export interface FunctionDeclaration {
  /** Entry point, or Dockerfile of the container image, from the repository's root. */
  readonly entry: `functions/${string}.lambda.ts` | ImageEntry;
  /** One sentence: what it hosts and why it stands apart. */
  readonly purpose: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly reservedConcurrency?: number;
  /** Size of the folder for temporary files; 512 by default. */
  readonly storageMb?: number;
  readonly environment: Readonly<Record<string, Binding>>;
  readonly triggers?: readonly Trigger[];
  /** State machines that may invoke it as a task. */
  readonly taskOf?: readonly string[];
}

type ImageEntry = `lib/${string}/Dockerfile`;

export const isImage = (entry: string): entry is ImageEntry => entry.endsWith('/Dockerfile');

export type Functions = Readonly<Record<string, FunctionDeclaration>>;

export function defineFunctions<const F extends Functions>(functions: F): F {
  return functions;
}

export function defineTable<const T extends TableDeclaration>(table: T): T {
  return table;
}

/** One operation behind HTTP. `path` may hold `{name}` segments and a final `{name+}`. */
export interface Route {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: `/${string}`;
  /** The function that hosts it: a split is a change of this column. */
  readonly fn: string;
  /** Answered without credentials. */
  readonly open?: true;
}

/** What API Gateway sends to a function: `ANY /api/2.0/mlflow/runs/{proxy+}`. */
export interface GatewayRoute {
  readonly fn: string;
  readonly key: string;
  /** Not behind the authorizer. */
  readonly open?: true;
}

/**
 * First segment of the keys that stand for both `/api` and its alias `/ajax-api`: one route of the
 * gateway for two. What else it matches, no function's router knows: 404.
 */
export const EITHER_API = '/{api}';

export function defineRoutes<const R extends readonly Route[]>(routes: R): R {
  return routes;
}
