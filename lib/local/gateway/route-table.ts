/** A route of an HTTP API. */
export interface GatewayRouteEntry {
  /** For example `GET /pets/{id}` or `$default`. */
  readonly key: string;
  readonly integrationId: string;
  readonly authorizerId?: string;
}

export interface MatchedRoute {
  readonly route: GatewayRouteEntry;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Compiled {
  readonly entry: GatewayRouteEntry;
  readonly method: string;
  readonly segments: readonly string[];
}

/**
 * Chooses as API Gateway does: a full match before a greedy one, a literal segment before a variable,
 * a method before ANY, `$default` last.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export class RouteTable {
  private readonly exact = new Map<string, GatewayRouteEntry>();
  private readonly patterns: Compiled[] = [];
  private fallback: GatewayRouteEntry | undefined;

  add(entry: GatewayRouteEntry): void {
    if (entry.key === '$default') {
      this.fallback = entry;
      return;
    }
    const [method = '', path = ''] = entry.key.split(' ', 2);
    if (!path.includes('{')) this.exact.set(`${method} ${path}`, entry);
    else {
      this.patterns.push({ entry, method, segments: path.split('/').slice(1) });
      this.patterns.sort(byPrecedence);
    }
  }

  /** `path` is decoded already. */
  match(method: string, path: string): MatchedRoute | undefined {
    const exact = this.exact.get(`${method} ${path}`) ?? this.exact.get(`ANY ${path}`);
    if (exact) return { route: exact, pathParameters: {} };
    const segments = path.split('/').slice(1);
    for (const pattern of this.patterns) {
      if (pattern.method !== 'ANY' && pattern.method !== method) continue;
      const pathParameters = matchSegments(pattern.segments, segments);
      if (pathParameters) return { route: pattern.entry, pathParameters };
    }
    return this.fallback && { route: this.fallback, pathParameters: {} };
  }
}

const GREEDY = /^\{(.+)\+\}$/;
const VARIABLE = /^\{(.+)\}$/;

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const greedy = GREEDY.exec(part)?.[1];
    if (greedy) {
      parameters[greedy] = segments.slice(i).join('/');
      return parameters[greedy] === '' ? undefined : parameters;
    }
    const segment = segments[i];
    if (segment === undefined) return undefined;
    const variable = VARIABLE.exec(part)?.[1];
    if (variable) {
      if (segment === '') return undefined;
      parameters[variable] = segment;
    } else if (part !== segment) return undefined;
  }
  return segments.length === pattern.length ? parameters : undefined;
}

function byPrecedence(a: Compiled, b: Compiled): number {
  const greedy = Number(isGreedy(a)) - Number(isGreedy(b));
  if (greedy !== 0) return greedy;
  for (let i = 0; i < Math.max(a.segments.length, b.segments.length); i++) {
    const difference = weight(b.segments[i]) - weight(a.segments[i]);
    if (difference !== 0) return difference;
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}

const isGreedy = ({ segments }: Compiled) => GREEDY.test(segments.at(-1) ?? '');

function weight(segment: string | undefined): number {
  if (segment === undefined) return 0;
  if (GREEDY.test(segment)) return 1;
  return VARIABLE.test(segment) ? 2 : 3;
}
