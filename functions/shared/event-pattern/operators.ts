import { BlockList, isIP } from 'node:net';

/** A pattern that EventBridge would refuse; the message says where and why. */
export class PatternError extends Error {
  override readonly name = 'PatternError';

  constructor(path: string, reason: string) {
    super(`Event pattern is not valid. Reason: ${path ? `at ${path}: ` : ''}${reason}`);
  }
}

/** Decides on the plain values at a path; there are none when the field is absent. */
export type LeafTest = (values: readonly unknown[]) => boolean;

type ValueTest = (value: unknown) => boolean;
type TextTest = (value: string) => boolean;

/** Numbers that EventBridge compares lie within ± five billion. */
const NUMBER_LIMIT = 5e9;

/** Compiles one element of a pattern's array: a plain value or an operator. */
export function compileTest(rule: unknown, path: string): LeafTest {
  if (rule === null || typeof rule !== 'object') return some((value) => value === rule);
  const [operator, argument] = onlyEntry(rule, path);
  if (operator === 'exists') {
    if (typeof argument !== 'boolean') throw new PatternError(path, 'exists needs true or false');
    return (values) => values.length > 0 === argument;
  }
  return some(compileOperator(operator, argument, path));
}

const some =
  (test: ValueTest): LeafTest =>
  (values) =>
    values.some(test);

function compileOperator(operator: string, argument: unknown, path: string): ValueTest {
  if (operator === 'numeric') return numeric(argument, path);
  if (operator === 'anything-but') return anythingBut(argument, path);
  const compile = Object.hasOwn(TEXT_OPERATORS, operator) ? TEXT_OPERATORS[operator] : undefined;
  if (!compile) throw new PatternError(path, `unrecognized match type ${operator}`);
  return onText(compile(argument, path));
}

const TEXT_OPERATORS: Readonly<Record<string, (argument: unknown, path: string) => TextTest>> = {
  prefix: (argument, path) => affix('prefix', argument, path),
  suffix: (argument, path) => affix('suffix', argument, path),
  'equals-ignore-case': (argument, path) => {
    const expected = text(argument, path).toLowerCase();
    return (value) => value.toLowerCase() === expected;
  },
  wildcard: (argument, path) => {
    const expression = wildcard(text(argument, path), path);
    return (value) => expression.test(value);
  },
  cidr: (argument, path) => cidr(text(argument, path), path),
};

/** Operators that `anything-but` can negate, each with a text or a list of texts. */
const NEGATABLE = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'];

function anythingBut(argument: unknown, path: string): ValueTest {
  if (argument !== null && typeof argument === 'object' && !Array.isArray(argument)) {
    const [operator, operands] = onlyEntry(argument, path);
    if (!NEGATABLE.includes(operator)) {
      throw new PatternError(path, `anything-but cannot negate ${operator}`);
    }
    const tests = list(operands, path).map((one) => compileOperator(operator, one, path));
    return (value) => !tests.some((test) => test(value));
  }
  const excluded = list(argument, path);
  if (excluded.some((one) => typeof one !== 'string' && typeof one !== 'number')) {
    throw new PatternError(path, 'anything-but needs texts or numbers');
  }
  return (value) => !excluded.includes(value);
}

type Affix = 'prefix' | 'suffix';

function affix(kind: Affix, argument: unknown, path: string): TextTest {
  const starts = (value: string, part: string) =>
    kind === 'prefix' ? value.startsWith(part) : value.endsWith(part);
  if (typeof argument === 'string') return (value) => starts(value, argument);
  const [operator, operand] = onlyEntry(argument, path);
  if (operator !== 'equals-ignore-case') {
    throw new PatternError(path, `${kind} cannot contain ${operator}`);
  }
  const part = text(operand, path).toLowerCase();
  return (value) => starts(value.toLowerCase(), part);
}

/** `*` stands for any characters, `\*` for a star, `\\` for a backslash. */
function wildcard(pattern: string, path: string): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? '';
    const next = pattern[i + 1];
    if (char === '\\') {
      if (next !== '*' && next !== '\\') throw new PatternError(path, 'invalid escape in wildcard');
      source += `\\${next}`;
      i += 1;
    } else if (char === '*') {
      if (next === '*') throw new PatternError(path, 'consecutive wildcard characters');
      source += '.*';
    } else source += char.replace(/[.+?^${}()|[\]/]/, '\\$&');
  }
  return new RegExp(`^${source}$`, 'su');
}

function cidr(argument: string, path: string): TextTest {
  const [network = '', bits, ...rest] = argument.split('/');
  const family = isIP(network);
  const length = Number(bits);
  const isPrefix = /^\d{1,3}$/.test(bits ?? '') && length <= (family === 6 ? 128 : 32);
  if (family === 0 || !isPrefix || rest.length > 0) {
    throw new PatternError(path, `malformed CIDR ${argument}`);
  }
  const block = new BlockList();
  block.addSubnet(network, length, family === 6 ? 'ipv6' : 'ipv4');
  return (value) => isIP(value) === family && block.check(value, family === 6 ? 'ipv6' : 'ipv4');
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

/** `["=", n]`, one bound, or a lower bound followed by an upper one. */
function numeric(argument: unknown, path: string): ValueTest {
  const parts = list(argument, path);
  const shape = parts.filter((_, i) => i % 2 === 0).join(' ');
  if (!/^(=|[<>]=?|>=? <=?)$/.test(shape) || parts.length % 2 !== 0) {
    throw new PatternError(path, 'numeric needs "=", one bound, or a lower and an upper bound');
  }
  const limits = parts.filter((_, i) => i % 2 === 1);
  const [first, second] = limits;
  for (const limit of limits) {
    if (typeof limit !== 'number' || Math.abs(limit) > NUMBER_LIMIT) {
      throw new PatternError(path, `numeric needs numbers within ${NUMBER_LIMIT}`);
    }
  }
  if (typeof second === 'number' && second <= Number(first)) {
    throw new PatternError(path, 'numeric needs a lower bound below the upper one');
  }
  const tests = shape.split(' ').map((operator, i) => {
    const compare = COMPARISONS[operator];
    return (value: number) => compare?.(value, Number(limits[i])) === true;
  });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

const onText =
  (test: TextTest): ValueTest =>
  (value) =>
    typeof value === 'string' && test(value);

function onlyEntry(value: unknown, path: string): [string, unknown] {
  const entries = value !== null && typeof value === 'object' ? Object.entries(value) : [];
  const [only] = entries;
  if (!only || entries.length > 1 || Array.isArray(value)) {
    throw new PatternError(path, 'only one key allowed in a match expression');
  }
  return only;
}

function list(value: unknown, path: string): readonly unknown[] {
  const items = Array.isArray(value) ? value : [value];
  if (items.length === 0) throw new PatternError(path, 'an empty array is not allowed');
  return items;
}

function text(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw new PatternError(path, 'a match expression needs a text');
}
