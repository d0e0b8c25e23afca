import { BlockList, isIP } from 'node:net';
import { UnsupportedError } from '../shared/properties.ts';

/** An event pattern: objects down to arrays of alternatives. */
export type Pattern = Readonly<Record<string, unknown>>;

type Test = (value: unknown) => boolean;
type Matcher = (event: unknown) => boolean;

/**
 * Compiles a pattern of EventBridge (also of Lambda's filter criteria) to a predicate. An operator
 * that it does not know throws.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
 */
export function compilePattern(pattern: Pattern): Matcher {
  const fields = Object.entries(pattern).map(([name, rule]) =>
    name === '$or' ? alternatives(rule) : field(name, rule),
  );
  // Rules below one array must hold within the same element of it.
  const matchesObject = (event: unknown): boolean =>
    Array.isArray(event) ? event.some(matchesObject) : fields.every((matches) => matches(event));
  return matchesObject;
}

function alternatives(rule: unknown): Matcher {
  if (!Array.isArray(rule) || rule.length === 0)
    throw new UnsupportedError('$or needs a list of patterns');
  const matchers = rule.map((one) => compilePattern(one as Pattern));
  return (event) => matchers.some((matches) => matches(event));
}

function field(name: string, rule: unknown): Matcher {
  const at = (event: unknown): unknown =>
    event !== null && typeof event === 'object'
      ? (event as Record<string, unknown>)[name]
      : undefined;
  if (Array.isArray(rule)) {
    if (rule.length === 0) throw new UnsupportedError(`Event pattern: ${name} has no alternatives`);
    const tests = rule.map((one) => compileTest(name, one));
    return (event) => {
      const value = at(event);
      // An array in the event matches when one of its values does; `exists` looks at the field itself.
      const values =
        Array.isArray(value) && value.length > 0 ? value.flat(Number.POSITIVE_INFINITY) : [value];
      return tests.some((test) => values.some(test));
    };
  }
  if (rule === null || typeof rule !== 'object') {
    throw new UnsupportedError(`Event pattern: ${name} must be a list or an object`);
  }
  const nested = compilePattern(rule as Pattern);
  return (event) => nested(at(event));
}

function compileTest(name: string, rule: unknown): Test {
  if (rule === null || typeof rule !== 'object') return (value) => value === rule;
  const entries = Object.entries(rule);
  const [only] = entries;
  if (!only || entries.length > 1)
    throw new UnsupportedError(`Event pattern: ${name} has no single operator`);
  const [operator, argument] = only;
  const compile = OPERATORS[operator];
  if (!compile) throw new UnsupportedError(`Event pattern: operator ${operator} at ${name}`);
  return compile(argument, name);
}

const OPERATORS: Readonly<Record<string, (argument: unknown, name: string) => Test>> = {
  prefix: (argument) => affix(argument, (value, text) => value.startsWith(text)),
  suffix: (argument) => affix(argument, (value, text) => value.endsWith(text)),
  'equals-ignore-case': (argument) => {
    const text = String(argument).toLowerCase();
    return onText((value) => value.toLowerCase() === text);
  },
  wildcard: (argument) => {
    const expression = wildcard(String(argument));
    return onText((value) => expression.test(value));
  },
  exists: (argument) => (value) => (value !== undefined) === argument,
  numeric: numericRange,
  cidr: (argument) => {
    const [network = '', bits = ''] = String(argument).split('/');
    const list = new BlockList();
    list.addSubnet(network, Number(bits), isIP(network) === 6 ? 'ipv6' : 'ipv4');
    return onText((value) => {
      const family = isIP(value);
      return family !== 0 && list.check(value, family === 6 ? 'ipv6' : 'ipv4');
    });
  },
  'anything-but': (argument, name) => {
    const nested = argument !== null && typeof argument === 'object' && !Array.isArray(argument);
    const tests = nested
      ? Object.entries(argument).flatMap(([operator, texts]) =>
          [texts].flat().map((text) => compileTest(name, { [operator]: text })),
        )
      : [argument].flat().map((one) => compileTest(name, one));
    // Without the field there is nothing that could be something else.
    return (value) => value !== undefined && !tests.some((test) => test(value));
  },
};

const onText =
  (test: (value: string) => boolean): Test =>
  (value) =>
    typeof value === 'string' && test(value);

function affix(argument: unknown, test: (value: string, text: string) => boolean): Test {
  if (typeof argument === 'string') return onText((value) => test(value, argument));
  const folded = (argument as { 'equals-ignore-case'?: string } | null)?.['equals-ignore-case'];
  if (folded === undefined)
    throw new UnsupportedError('Event pattern: a prefix or suffix is a text');
  return onText((value) => test(value.toLowerCase(), folded.toLowerCase()));
}

/** `*` stands for any characters, `\*` for a star, `\\` for a backslash. */
function wildcard(text: string): RegExp {
  const source = text.replaceAll(
    /\\([*\\])|\*|[.+?^${}()|[\]\\]/g,
    (all, escaped: string | undefined) => {
      if (escaped) return `\\${escaped}`;
      return all === '*' ? '.*' : `\\${all}`;
    },
  );
  return new RegExp(`^${source}$`, 's');
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function numericRange(argument: unknown, name: string): Test {
  const parts = Array.isArray(argument) ? argument : [];
  const tests: ((value: number) => boolean)[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    const compare = COMPARISONS[String(parts[i])];
    const limit: unknown = parts[i + 1];
    if (!compare || typeof limit !== 'number') {
      throw new UnsupportedError(`Event pattern: numeric at ${name} is not understood`);
    }
    tests.push((value) => compare(value, limit));
  }
  if (tests.length === 0) throw new UnsupportedError(`Event pattern: numeric at ${name} is empty`);
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}
