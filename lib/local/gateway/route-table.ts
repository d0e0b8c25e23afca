/** A route of an HTTP API. */
interface GatewayRouteEntry {
  /** For example `GET /pets/{id}` or `$default`. */
  readonly key: string;
  readonly integrationId: string;
  readonly authorizerId?: string;
}

export interface MatchedRoute {
  readonly route: GatewayRouteEntry;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Segment {
  readonly kind: 'literal' | 'variable' | 'greedy';
  /** The literal itself, or the parameter's name. */
  readonly text: string;
}

interface Compiled {
  readonly entry: GatewayRouteEntry;
  readonly method: string;
  /** What every path begins with that the route can match: most are passed over by it. */
  readonly prefix: string;
  readonly segments: readonly Segment[];
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
      const prefix = path.slice(0, path.indexOf('{'));
      this.patterns.push({ entry, method, prefix, segments: segmentsOf(path) });
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
      if (!path.startsWith(pattern.prefix)) continue;
      const pathParameters = matchSegments(pattern.segments, segments);
      if (pathParameters) return { route: pattern.entry, pathParameters };
    }
    return this.fallback && { route: this.fallback, pathParameters: {} };
  }
}

function segmentsOf(path: string): Segment[] {
  return path
    .split('/')
    .slice(1)
    .map((part) => {
      const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(part) ?? [];
      if (name === undefined) return { kind: 'literal', text: part };
      return { kind: greedy ? 'greedy' : 'variable', text: name };
    });
}

function matchSegments(
  pattern: readonly Segment[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [i, { kind, text }] of pattern.entries()) {
    const segment = segments[i];
    if (segment === undefined) return undefined;
    if (kind === 'literal') {
      if (segment !== text) return undefined;
      continue;
    }
    const value = kind === 'greedy' ? segments.slice(i).join('/') : segment;
    if (value === '') return undefined;
    parameters[text] = value;
    if (kind === 'greedy') return parameters;
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

const isGreedy = ({ segments }: Compiled) => segments.at(-1)?.kind === 'greedy';

const WEIGHTS = { greedy: 1, variable: 2, literal: 3 } as const;

const weight = (segment: Segment | undefined): number => (segment ? WEIGHTS[segment.kind] : 0);
