import type { Route } from '../declare.ts';

interface RouteMatch<R extends Route = Route> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
}

interface Router<R extends Route> {
  match(method: string, path: string): RouteMatch<R> | undefined;
  /** Methods under which a path exists. */
  methods(path: string): string[];
}

interface Pattern<R extends Route> {
  readonly route: R;
  readonly expression: RegExp;
  readonly names: readonly string[];
  /** Ends in a parameter that takes all that is left. */
  readonly greedy: boolean;
}

/**
 * Static paths by look-up; the few with parameters by pattern, more literal characters first. Paths come
 * decoded from the gateway: decoding a parameter again would change a name with a `%` in it.
 */
export function createRouter<R extends Route>(routes: readonly R[]): Router<R> {
  const exact = new Map<string, R>();
  const exactPaths = new Map<string, string[]>();
  const patterns: Pattern<R>[] = [];
  for (const route of routes) {
    if (route.path.includes('{')) patterns.push(compile(route));
    else {
      exact.set(`${route.method} ${route.path}`, route);
      exactPaths.set(route.path, [...(exactPaths.get(route.path) ?? []), route.method]);
    }
  }
  patterns.sort((a, b) => literalLength(b.route.path) - literalLength(a.route.path));

  return {
    match(method, rawPath) {
      const path = plainPath(rawPath);
      const route = exact.get(`${method} ${path}`);
      if (route) return { route, params: {} };
      for (const pattern of patterns) {
        if (pattern.route.method !== method) continue;
        // A path inside of the path keeps the slash at its end: it may mean a folder there.
        const found = pattern.expression.exec(pattern.greedy ? rawPath : path);
        if (!found) continue;
        const entries = pattern.names.map((name, i) => [name, found[i + 1] ?? '']);
        return { route: pattern.route, params: Object.fromEntries(entries) };
      }
      return undefined;
    },
    methods(rawPath) {
      const path = plainPath(rawPath);
      const found = patterns.filter(({ expression, greedy }) =>
        expression.test(greedy ? rawPath : path),
      );
      const methods = [...(exactPaths.get(path) ?? []), ...found.map(({ route }) => route.method)];
      return [...new Set(methods)];
    },
  };
}

/** Without a slash at its end. */
const plainPath = (path: string) =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;

const literalLength = (path: string) => path.replaceAll(/\{[^}]*\}/g, '').length;

function compile<R extends Route>(route: R): Pattern<R> {
  const names: string[] = [];
  const source = route.path.replaceAll(
    /\{([a-z_]+)(\+?)\}|[.*+?^${}()|[\]\\]/gi,
    (all, name, rest) => {
      if (!name) return `\\${all}`;
      names.push(String(name));
      // Line separators are characters like others; no path has a line end in it.
      return rest ? '([^\\n]+)' : '([^/]+)';
    },
  );
  return { route, expression: new RegExp(`^${source}$`), names, greedy: route.path.includes('+}') };
}
