import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { TestHost } from '../host.ts';
import { SWITCHED, SWITCHED_ROWS } from '../switches.ts';
import { LOCAL_CLIENT } from '../training-data.ts';

/** An answer that a caller has read to its end. */
interface Acknowledged {
  readonly requestId: string;
  readonly status: number;
  readonly version: string | null;
  readonly body: string;
  /** `Date.now()` when the request was sent, and when its answer was read. */
  readonly asked: number;
  readonly at: number;
}

/** Callers that go on asking whatever happens to the host, and remember what they were answered. */
export class SteadyLoad {
  readonly answers: Acknowledged[] = [];
  /** What came instead of an answer of the endpoint: the host or the function's process had died. */
  readonly lost: string[] = [];
  private stopped = false;
  private readonly callers: Promise<void>[];

  constructor(host: TestHost, connections: number) {
    this.callers = Array.from({ length: connections }, async () => {
      while (!this.stopped) await this.ask(`${host.url}/serving-endpoints/${SWITCHED}/invocations`);
    });
  }

  private async ask(url: string): Promise<void> {
    const asked = Date.now();
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ dataframe_records: SWITCHED_ROWS }),
      });
      const body = await answer.text();
      const requestId = answer.headers.get('x-request-id');
      if (requestId === null) throw new Error(body);
      const version = answer.headers.get('slipway-model-version');
      this.answers.push({ requestId, status: answer.status, version, body, asked, at: Date.now() });
    } catch (error) {
      const { message, cause } = error as Error;
      this.lost.push(cause instanceof Error ? `${message}: ${cause.message}` : message);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.callers);
  }
}

/** Status and version of every row of the inference log, by the request's id. */
export async function loggedById(host: TestHost) {
  const client = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
  const rows = new Map<string, { readonly status: number; readonly version: string | null }>();
  const scan = {
    TableName: 'slipway-dev-platform',
    FilterExpression: '#type = :log',
    ExpressionAttributeNames: { '#type': 'type' },
    ExpressionAttributeValues: { ':log': { S: 'log' } },
  };
  for await (const { Items = [] } of paginateScan({ client }, scan)) {
    for (const { databricksRequestId: id, statusCode, version } of Items) {
      const found = { status: Number(statusCode?.N), version: version?.S ?? null };
      if (id?.S !== undefined) rows.set(id.S, found);
    }
  }
  client.destroy();
  return rows;
}
