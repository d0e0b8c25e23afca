import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
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
  private readonly agent = new Agent({ keepAlive: true });
  private readonly endpoint: string;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  /** Throws an error whose name is DynamoDB's code. */
  async send<Name extends keyof Operations>(
    operation: Name,
    input: Operations[Name][0],
  ): Promise<Operations[Name][1]> {
    const headers = { ...UNSIGNED, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(this.endpoint, { method: 'POST', agent: this.agent, headers });
      sent.on('response', resolve).on('error', reject);
      sent.end(JSON.stringify(input));
    });
    const body = await text(answer);
    if (answer.statusCode === 200) return JSON.parse(body);
    const { __type, message } = JSON.parse(body) as { __type?: string; message?: string };
    throw new EngineError(
      __type?.split('#').at(-1) ?? `HTTP ${answer.statusCode}`,
      message ?? body,
    );
  }

  close(): void {
    this.agent.destroy();
  }
}
