import { compileTest, type LeafTest, PatternError } from './operators.ts';

export { PatternError } from './operators.ts';

type Matcher = (event: unknown) => boolean;

/**
 * Compiles an event pattern (of a rule, or a filter of an event source mapping) to a predicate.
 * Throws `PatternError` for what EventBridge refuses and for operators that it does not know.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function compilePattern(pattern: unknown): Matcher {
  return compileObject(pattern, '');
}

function compileObject(pattern: unknown, path: string): Matcher {
  if (pattern === null || typeof pattern !== 'object' || Array.isArray(pattern)) {
    throw new PatternError(path, 'must be an object or an array');
  }
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new PatternError(path, 'an empty object is not allowed');
  const fields = entries.map(([name, rule]) =>
    name === '$or' ? compileAlternatives(rule, path) : compileField(name, rule, path),
  );
  return (event) => elements(event).some((one) => fields.every((matches) => matches(one)));
}

/** Rules below one array must hold within the same element of it. */
function elements(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [value];
  return value.length === 0 ? [undefined] : value.flatMap(elements);
}

function compileAlternatives(rule: unknown, path: string): Matcher {
  if (!Array.isArray(rule) || rule.length < 2) {
    throw new PatternError(path, '$or needs a list of at least two patterns');
  }
  const matchers = rule.map((one) => compileObject(one, path));
  return (event) => matchers.some((matches) => matches(event));
}

function compileField(name: string, rule: unknown, path: string): Matcher {
  const here = path ? `${path}.${name}` : name;
  if (!Array.isArray(rule)) {
    const nested = compileObject(rule, here);
    return (event) => nested(memberOf(event, name));
  }
  if (rule.length === 0) throw new PatternError(here, 'an empty array is not allowed');
  const tests: LeafTest[] = rule.map((one) => compileTest(one, here));
  return (event) => {
    const values = leaves(memberOf(event, name));
    return tests.some((test) => test(values));
  };
}

function memberOf(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** The plain values at a path: an array has those of its elements, an object has none. */
function leaves(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap(leaves);
  return value !== null && typeof value === 'object' ? [] : [value];
}
