import { randomUUID } from 'node:crypto';
import { awsSigner } from '../aws-signer.ts';
import { requiredEnv } from '../env.ts';
import { meter } from '../metering.ts';
import { openConnections } from './connections.ts';
import type { Attributes } from './item.ts';

/** Refusals that pass: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const PASSING = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** The same as reasons of a cancelled transaction. */
const BUSY = new Set(['ProvisionedThroughputExceeded', 'ThrottlingError', 'TransactionConflict']);

/** What DynamoDB refused or could not do; `code` as in its API reference. */
export class DynamoError extends Error {
  override readonly name = 'DynamoError';
  readonly code: string;
  readonly status: number;
  /** The item that did not meet the condition, if it was asked for. */
  readonly item: Attributes | undefined;
  /** Of a cancelled transaction, one reason a write. */
  readonly reasons: readonly Reason[];
  /** It may be accepted later: too much is asked for at once, or DynamoDB is not well. */
  readonly passing: boolean;

  constructor(status: number, body: ErrorBody) {
    const code = body.__type?.split('#').at(-1) ?? `HTTP ${status}`;
    super(`${code}: ${body.message ?? body.Message ?? 'no reason given'}`);
    this.code = code;
    this.status = status;
    this.item = body.Item;
    this.reasons = body.CancellationReasons ?? [];
    this.passing =
      status >= 500 || PASSING.has(code) || this.reasons.some(({ Code = '' }) => BUSY.has(Code));
  }
}

interface Reason {
  readonly Code?: string;
  readonly Message?: string;
  readonly Item?: Attributes;
}

interface ErrorBody {
  readonly __type?: string;
  readonly message?: string;
  readonly Message?: string;
  readonly Item?: Attributes;
  readonly CancellationReasons?: readonly Reason[];
}

type ReadOperation = 'GetItem' | 'BatchGetItem' | 'Query';
type WriteOperation =
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'BatchWriteItem'
  | 'TransactWriteItems';

/** Fields of the answers that are in use; which of them are there depends on the operation. */
interface DynamoOutput {
  readonly Item?: Attributes;
  readonly Items?: readonly Attributes[];
  readonly Attributes?: Attributes;
  readonly LastEvaluatedKey?: Attributes;
  readonly Responses?: Readonly<Record<string, readonly Attributes[]>>;
  readonly UnprocessedKeys?: Readonly<Record<string, { readonly Keys: readonly Attributes[] }>>;
  readonly UnprocessedItems?: Readonly<Record<string, readonly object[]>>;
  readonly ConsumedCapacity?: Capacity | readonly Capacity[];
}

interface Capacity {
  readonly CapacityUnits?: number;
}

/**
 * DynamoDB's JSON protocol over kept-alive connections. The SDK's client does the same for more than
 * twice the CPU, and takes thousands of calls to warm up (docs/adr/0021).
 */
interface DynamoClient {
  send(operation: ReadOperation | WriteOperation, input: object): Promise<DynamoOutput>;
}

let client: DynamoClient | undefined;

/** One client per process; made on first use so that importing a store costs nothing. */
export function dynamo(): DynamoClient {
  client ??= makeClient();
  return client;
}

const READS = new Set(['GetItem', 'BatchGetItem', 'Query']);

/**
 * What the endpoint does without, as its host says: `signatures` that are compared (the first request's
 * serves for all, as one must be there), `tokens` by which a repeated transaction is recognized.
 */
const endpointIsWithout = (what: 'signatures' | 'tokens') =>
  (process.env.DYNAMODB_ENDPOINT_WITHOUT ?? '').split(',').includes(what);

function makeClient(): DynamoClient {
  const transport = makeTransport();
  const tokens = !endpointIsWithout('tokens');
  return {
    send: async (operation, input) => {
      const body = JSON.stringify({
        ...input,
        ReturnConsumedCapacity: 'TOTAL',
        // A repeated transaction is recognized by its token.
        ...(tokens && operation === 'TransactWriteItems' && { ClientRequestToken: randomUUID() }),
      });
      const output = await withRetries(() => transport(operation, body));
      const { ConsumedCapacity: capacity } = output;
      const units = [capacity ?? []].flat().reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0);
      meter(READS.has(operation) ? 'read' : 'write', units);
      return output;
    },
  };
}

type Transport = (operation: string, body: string) => Promise<DynamoOutput>;

/** Endpoint, region and credentials come from the environment, as Lambda sets it. */
function makeTransport(): Transport {
  const region = requiredEnv('AWS_REGION');
  const endpoint = new URL(
    process.env.AWS_ENDPOINT_URL_DYNAMODB ?? `https://dynamodb.${region}.amazonaws.com`,
  );
  const connections = openConnections(endpoint);
  const sign = endpointIsWithout('signatures') ? signedOnce(signs(endpoint)) : signs(endpoint);
  return async (operation, body) => {
    const headers = await sign(`DynamoDB_20120810.${operation}`, body);
    const answer = await connections.post(headers, body);
    return toOutput(answer.status, answer.body);
  };
}

type Sign = (target: string, body: string) => Promise<Readonly<Record<string, string>>>;

/** Headers of a request, with its signature. */
function signs({ hostname, port, protocol, host }: URL): Sign {
  const signer = awsSigner('dynamodb');
  return async (target, body) => {
    const { headers } = await signer.sign({
      method: 'POST',
      protocol,
      hostname,
      ...(port && { port: Number(port) }),
      path: '/',
      query: {},
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        host,
        'x-amz-target': target,
      },
      body,
    });
    return headers;
  };
}

/** The headers of the first request for all of them, but for what each is for. */
function signedOnce(sign: Sign): Sign {
  let first: ReturnType<Sign> | undefined;
  return async (target, body) => {
    first ??= sign(target, body);
    return { ...(await first), 'x-amz-target': target };
  };
}

function toOutput(status: number, text: string): DynamoOutput {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Something between here and DynamoDB has answered.
    throw new DynamoError(status, { message: text.slice(0, 200) });
  }
  if (status === 200) return body as DynamoOutput;
  throw new DynamoError(status, body as ErrorBody);
}

const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 20;

async function withRetries<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      // Who asked for a transaction looks at its reasons first.
      const passing =
        !(error instanceof DynamoError) || (error.passing && error.reasons.length === 0);
      if (!passing || attempt === MAX_ATTEMPTS) throw error;
      const pause = Math.random() * FIRST_PAUSE_MS * 2 ** attempt;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
