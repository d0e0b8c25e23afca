import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { environmentName } from '../../environments.ts';
import { awsClientConfig } from './aws-client.ts';
import { runningHost } from './operator-options.ts';
import { UsageError } from './start-options.ts';

/** A token as the API shows it; `token` only where it was just made. */
export interface ShownToken {
  readonly id: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly comment: string;
  readonly state: string;
  readonly created_at: string;
  readonly created_by: string;
  readonly expires_at: string | null;
  readonly token?: string;
}

export interface NewToken {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly expires_in?: string;
  readonly comment?: string;
}

/** An installation's tokens, however they are reached. */
export interface TokenAdmin {
  create(input: NewToken): Promise<ShownToken>;
  list(after: string | undefined): Promise<{ tokens: ShownToken[]; next: string | null }>;
  revoke(id: string): Promise<ShownToken>;
}

export interface Where {
  readonly 'data-dir': string;
  readonly url?: string | undefined;
  readonly aws: boolean;
  readonly environment: string;
}

/** By `--url` through the API, else through the function itself: on AWS, or of a local host. */
export function tokenAdmin(where: Where): TokenAdmin {
  if (where.url !== undefined) return overHttp(where.url);
  if (where.aws) return byFunction(environment(where.environment), {});
  const host = runningHost(where['data-dir']);
  return byFunction(host.environment, awsClientConfig(host));
}

function environment(text: string): string {
  try {
    return environmentName(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function byFunction(name: string, config: LambdaClientConfig): TokenAdmin {
  const client = new LambdaClient(config);
  const call = async <T>(task: string, input: object): Promise<T> => {
    const Payload = JSON.stringify({ task, input });
    const answer = await client
      .send(new InvokeCommand({ FunctionName: `slipway-${name}-auth`, Payload }))
      .catch((error: Error) => {
        throw new UsageError(error.message);
      });
    const value = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8'));
    if (answer.FunctionError) throw new UsageError(value.errorMessage);
    return value as T;
  };
  return {
    create: (input) => call('create-token', input),
    list: (after) => call('list-tokens', { ...(after && { after }) }),
    revoke: (id) => call('revoke-token', { id }),
  };
}

function overHttp(url: string): TokenAdmin {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const token = process.env.MLFLOW_TRACKING_TOKEN;
    const response = await fetch(`${url.replace(/\/$/, '')}/api/slipway/v1/tokens${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new UsageError(`${url} does not answer: ${error.message}`);
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as T;
    if (response.status === 401 || response.status === 403) {
      throw new UsageError("Access denied; put an admin's token into MLFLOW_TRACKING_TOKEN");
    }
    throw new UsageError(`${response.status} ${text.slice(0, 200)}`);
  };
  return {
    create: (input) => call('POST', '', input),
    list: (after) => call('GET', after ? `?after=${after}` : ''),
    revoke: (id) => call('DELETE', `/${encodeURIComponent(id)}`),
  };
}
