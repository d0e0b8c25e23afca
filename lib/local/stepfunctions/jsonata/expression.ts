import jsonata from 'jsonata';
import type { Json } from '../asl/definition.ts';
import { STATES_FUNCTIONS } from './functions.ts';

/** Variables of one evaluation; `states` becomes `$states`. */
export type Bindings = Readonly<Record<string, unknown>>;

// Definitions are few and live as long as the process, so compiled expressions are kept for good.
const compiled = new Map<string, jsonata.Expression>();

/** The JSONata between `{%` and `%}`, or undefined when the text is a literal. */
export function expressionOf(text: string): string | undefined {
  return text.startsWith('{%') && text.endsWith('%}') && text.length >= 4
    ? text.slice(2, -2).trim()
    : undefined;
}

/** Compiles an expression. Throws an Error that says what is wrong with it. */
export function compile(source: string): jsonata.Expression {
  const known = compiled.get(source);
  if (known) return known;
  let expression: jsonata.Expression;
  try {
    expression = jsonata(source);
  } catch (error) {
    throw new Error(messageOf(error), { cause: error });
  }
  if (callsEval(expression.ast())) throw new Error('$eval does not exist here: use $parse');
  for (const { name, signature, call } of STATES_FUNCTIONS) {
    expression.registerFunction(name, call, signature);
  }
  compiled.set(source, expression);
  return expression;
}

/** Evaluates an expression; `undefined` when it selects nothing. Throws an Error on failure. */
export async function evaluateExpression(
  source: string,
  bindings: Bindings,
): Promise<Json | undefined> {
  const expression = compile(source);
  let value: unknown;
  try {
    value = await expression.evaluate(undefined, bindings);
  } catch (error) {
    throw new Error(messageOf(error), { cause: error });
  }
  return value === undefined ? undefined : plain(value);
}

const FORMAT_TIME = jsonata('$fromMillis($time, $picture, $zone)');

/** `$now` and `$millis` by the engine's clock instead of the system's. Milliseconds. */
export function timeBindings(time: number): Bindings {
  return {
    millis: () => time,
    now: (picture?: string, zone?: string) =>
      FORMAT_TIME.evaluate(undefined, { time, picture, zone }),
  };
}

/** JSONata marks the arrays that it makes, and may answer functions: neither may travel on. */
function plain(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new Error('the result holds a number that JSON does not know');
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || '_jsonata_function' in value || '_jsonata_lambda' in value) {
    throw new Error('the result holds a function');
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}

function callsEval(node: unknown): boolean {
  if (node === null || typeof node !== 'object') return false;
  if ('type' in node && node.type === 'variable' && 'value' in node && node.value === 'eval') {
    return true;
  }
  return Object.values(node).some(callsEval);
}

/** JSONata throws plain objects. */
function messageOf(error: unknown): string {
  if (error !== null && typeof error === 'object' && 'message' in error) {
    return String(error.message);
  }
  return String(error);
}
