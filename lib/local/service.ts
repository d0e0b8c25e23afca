import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * One AWS API on the AWS port. The port dispatches a request to the service whose signing name
 * stands in the SigV4 credential scope, exactly as AWS's own front ends do.
 */
export interface AwsService {
  /** Signing names, for example `sqs`, `events`, `states`. */
  readonly signingNames: readonly string[];
  /** What it answers, by the names that AWS gives its operations. */
  readonly operations: readonly string[];
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** Background work of a service (pollers, timers, child processes). */
export interface Lifecycle {
  start(): Promise<void>;
  /** Finishes what is in flight within a few seconds, then releases everything. */
  stop(): Promise<void>;
}

/** What CloudFormation knows of a created resource: the values of `Ref` and `Fn::GetAtt`. */
export interface ResourceAttributes {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface ResourceContext {
  readonly region: string;
  readonly accountId: string;
  /** Folder of a file asset (by its hash), as the assembly's assets manifest names it. */
  readonly assetPath: (hash: string) => string;
}

/** Turns one CloudFormation resource, its properties fully resolved, into local state. */
export interface ResourceProvider {
  /** For example `AWS::SQS::Queue`. */
  readonly type: string;
  /** The properties it honours; see `shared/properties.ts`. Anything else stops the start. */
  readonly properties: PropertySpec;
  create(
    logicalId: string,
    properties: Readonly<Record<string, unknown>>,
    context: ResourceContext,
  ): Promise<ResourceAttributes> | ResourceAttributes;
}

/**
 * `true`: honoured, whatever its content. `'ignored'`: has no meaning on one machine (tags,
 * encryption keys). A nested spec: an object, or an array of objects, with just these members.
 */
export interface PropertySpec {
  readonly [property: string]: true | 'ignored' | PropertySpec;
}

export interface InvocationResult {
  /** JSON text that the handler returned, or the error object `{errorType, errorMessage, trace}`. */
  readonly payload: string;
  readonly functionError?: 'Handled' | 'Unhandled';
  /** UTF-8 of the answer's `body`, which `payload` then lacks; only for those who asked for it apart. */
  readonly body?: Uint8Array;
}

export interface InvokeOptions {
  /** The answer's text body may come apart when it is large: as a text within a text it costs twice. */
  readonly bodyApart?: boolean;
}

/** The Lambda host as other services see it. */
export interface LambdaInvoker {
  /** Synchronous invocation. Rejects only when the function does not exist. */
  invoke(functionArn: string, payload: string, options?: InvokeOptions): Promise<InvocationResult>;
  /** Asynchronous invocation: resolves once the event is durably queued. */
  invokeAsync(functionArn: string, payload: string): Promise<void>;
}

/** A payload on its way to a target; `arn` says which service takes it. */
export interface Delivery {
  readonly arn: string;
  /** JSON text. */
  readonly payload: string;
  /** Name of the execution when the target is a state machine: its idempotency key. */
  readonly executionName?: string;
  /** Message attributes when the target is a queue. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Its message group when the target is a queue. */
  readonly group?: string;
}

/** Hands a payload to whatever the ARN names; resolves once that service has durably accepted it. */
export type Deliver = (delivery: Delivery) => Promise<void>;
