import type {
  CreateTableInput,
  DeleteItemInput,
  DescribeTableInput,
  DescribeTableOutput,
  DescribeTimeToLiveInput,
  DescribeTimeToLiveOutput,
  UpdateTableInput,
  UpdateTimeToLiveInput,
} from '@aws-sdk/client-dynamodb';
import { openConnections } from '../../../functions/shared/dynamo/connections.ts';

/** What the host itself asks its engine for: input and answer by operation. */
interface Operations {
  readonly CreateTable: [CreateTableInput, unknown];
  readonly DeleteItem: [DeleteItemInput, unknown];
  readonly DescribeTable: [DescribeTableInput, DescribeTableOutput];
  readonly DescribeTimeToLive: [DescribeTimeToLiveInput, DescribeTimeToLiveOutput];
  readonly UpdateTable: [UpdateTableInput, unknown];
  readonly UpdateTimeToLive: [UpdateTimeToLiveInput, unknown];
}

/** What the engine refused; the name is DynamoDB's code. */
class EngineError extends Error {
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = code;
  }
}

/** The engine asks for a signature's form, and compares none. */
const UNSIGNED = {
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none',
  'x-amz-date': '19700101T000000Z',
  'content-type': 'application/x-amz-json-1.0',
};

/** Whether it is DynamoDB's refusal of that name. */
export const isRefusal = (error: unknown, name: string) =>
  error instanceof EngineError && error.name === name;

/**
 * DynamoDB's JSON protocol to the engine. Without the SDK's client: to bring that up is a fifth of a
 * start, and stays in memory with 30 MB.
 */
export class EngineClient {
  private readonly connections: ReturnType<typeof openConnections>;

  constructor(endpoint: string) {
    this.connections = openConnections(new URL(endpoint));
  }

  /** Throws an error whose name is DynamoDB's code. */
  async send<Name extends keyof Operations>(
    operation: Name,
    input: Operations[Name][0],
  ): Promise<Operations[Name][1]> {
    const headers = { ...UNSIGNED, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const { status, body } = await this.connections.post(headers, JSON.stringify(input));
    if (status === 200) return JSON.parse(body);
    const { __type, message } = JSON.parse(body) as { __type?: string; message?: string };
    throw new EngineError(__type?.split('#').at(-1) ?? `HTTP ${status}`, message ?? body);
  }
}
