import type { LambdaInvoker } from '../service.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../shared/arn.ts';
import type { RequestFacts } from './proxy-event.ts';

/** Cached answers kept before the oldest is dropped. */
const CACHE_ENTRIES = 10_000;

/** A REQUEST authorizer with simple responses. */
export interface Authorizer {
  readonly id: string;
  readonly functionArn: string;
  /** For example `$request.header.Authorization`. */
  readonly identitySources: readonly string[];
  readonly ttlMs: number;
}

/** `denied` names API Gateway's answer; otherwise `context` goes to the integration. */
type Authorization =
  | { readonly denied: 401 | 403 | 500 }
  | { readonly denied?: undefined; readonly context: unknown };

interface Cached {
  readonly until: number;
  readonly authorization: Authorization;
}

/**
 * Asks authorizers and remembers their answers per identity.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export class Authorizers {
  private readonly lambda: LambdaInvoker;
  private readonly cache = new Map<string, Cached>();

  constructor(lambda: LambdaInvoker) {
    this.lambda = lambda;
  }

  async authorize(authorizer: Authorizer, facts: RequestFacts): Promise<Authorization> {
    const identity = authorizer.identitySources.map((source) => identityValue(source, facts));
    if (identity.some((value) => value === undefined || value === '')) return { denied: 401 };
    const key = JSON.stringify([authorizer.id, ...identity]);
    const cached = this.cache.get(key);
    if (cached && cached.until > Date.now()) return cached.authorization;
    const authorization = await this.ask(authorizer, facts, identity);
    if (authorizer.ttlMs > 0 && authorization.denied !== 500) {
      this.remember(key, { until: Date.now() + authorizer.ttlMs, authorization });
    }
    return authorization;
  }

  private async ask(
    { functionArn }: Authorizer,
    facts: RequestFacts,
    identity: readonly (string | undefined)[],
  ): Promise<Authorization> {
    const { requestContext } = facts;
    const { apiId, http } = requestContext;
    const routeArn = `arn:aws:execute-api:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${apiId}/$default/${http.method}${http.path}`;
    const event = { ...facts, type: 'REQUEST', routeArn, identitySource: identity };
    const result = await this.lambda.invoke(functionArn, JSON.stringify(event));
    if (result.functionError) return { denied: 500 };
    const answer = JSON.parse(result.payload) as { isAuthorized?: unknown; context?: unknown };
    if (typeof answer?.isAuthorized !== 'boolean') return { denied: 500 };
    return answer.isAuthorized ? { context: answer.context ?? {} } : { denied: 403 };
  }

  forget(): void {
    this.cache.clear();
  }

  private remember(key: string, entry: Cached): void {
    this.cache.delete(key);
    this.cache.set(key, entry);
    const [oldest] = this.cache.keys();
    if (this.cache.size > CACHE_ENTRIES && oldest !== undefined) this.cache.delete(oldest);
  }
}

const SOURCE = /^\$(request\.header|request\.querystring|context)\.(.+)$/;

/** What of the context can tell identities apart here. */
const OF_CONTEXT: Readonly<Record<string, (facts: RequestFacts) => string>> = {
  routeKey: ({ routeKey }) => routeKey,
  'identity.sourceIp': ({ requestContext }) => requestContext.http.sourceIp,
};

/** Whether requests can be asked for it: one that never has a value would refuse them all. */
export function isIdentitySource(source: string): boolean {
  const [, kind, name = ''] = SOURCE.exec(source) ?? [];
  return kind === 'context' ? Object.hasOwn(OF_CONTEXT, name) : kind !== undefined;
}

function identityValue(source: string, facts: RequestFacts): string | undefined {
  const [, kind, name = ''] = SOURCE.exec(source) ?? [];
  if (kind === 'request.header') return facts.headers[name.toLowerCase()];
  if (kind === 'request.querystring') return facts.queryStringParameters?.[name];
  return OF_CONTEXT[name]?.(facts);
}
