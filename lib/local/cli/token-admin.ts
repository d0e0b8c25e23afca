import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { environmentName } from '../../environments.ts';
import { orUsageError, UsageError } from '../usage-error.ts';
import { awsClientConfig } from './aws-client.ts';
import { runningHost } from './operator-options.ts';
import { callApi } from './public-api.ts';

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

interface NewToken {
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

interface Where {
  readonly 'data-dir': string;
  readonly url?: string | undefined;
  readonly aws: boolean;
  readonly environment: string;
}

/** By `--url` through the API, else through the function itself: on AWS, or of a local host. */
export function tokenAdmin(where: Where): TokenAdmin {
  if (where.url !== undefined) return overHttp(where.url);
  if (where.aws)
    return byFunction(
      orUsageError(() => environmentName(where.environment)),
      {},
    );
  const host = runningHost(where['data-dir']);
  return byFunction(host.environment, awsClientConfig(host));
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
  const tokens = `${url.replace(/\/$/, '')}/api/slipway/v1/tokens`;
  const call = <T>(method: string, path: string, body?: object): Promise<T> =>
    callApi<T>(tokens + path, method, body).catch((error: Error) => {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`${url} does not answer: ${error.message}`);
    });
  return {
    create: (input) => call('POST', '', input),
    list: (after) => call('GET', after ? `?after=${after}` : ''),
    revoke: (id) => call('DELETE', `/${encodeURIComponent(id)}`),
  };
}
