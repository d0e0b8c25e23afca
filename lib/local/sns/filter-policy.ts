import { compilePattern, PatternError } from '../../../functions/shared/event-pattern/pattern.ts';
import { AwsError } from '../shared/aws-error.ts';
import type { MessageAttributes } from '../shared/message-attribute.ts';

/** https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
const MAX_KEYS = 5;
const MAX_COMBINATIONS = 150;

/** What SNS's pages list; EventBridge, whose patterns look the same, has more. */
const OPERATORS = new Set([
  'anything-but',
  'cidr',
  'equals-ignore-case',
  'exists',
  'numeric',
  'prefix',
  'suffix',
]);

type AttributeFilter = (attributes: MessageAttributes) => boolean;

/**
 * A subscription's filter over message attributes, from its JSON. Throws `InvalidParameter` for what SNS
 * refuses. https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
export function compileFilterPolicy(text: string): AttributeFilter {
  const policy = parse(text);
  if (Object.keys(policy).length === 0) return () => true;
  checkPolicy(policy);
  try {
    const matches = compilePattern(policy);
    return (attributes) => matches(valuesOf(attributes));
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw refused(error.message.replace(/^.*?Reason: /, ''));
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Answered below, together with JSON that is no object.
  }
  throw refused('failed to parse JSON');
}

function checkPolicy(policy: Readonly<Record<string, unknown>>): void {
  const rules = fieldsOf(policy);
  if (rules.length > MAX_KEYS)
    throw refused(`Filter policy can not have more than ${MAX_KEYS} keys`);
  let combinations = 1;
  for (const [name, rule] of rules) {
    if (!Array.isArray(rule)) {
      throw refused(`"${name}" must be an array: policies over attributes are not nested`);
    }
    for (const one of rule) checkOperator(name, one);
    combinations *= rule.length;
  }
  if (combinations > MAX_COMBINATIONS) {
    throw refused(`Filter policy is too complex: ${combinations} combinations`);
  }
}

/** Fields of the policy and of its alternatives. */
const fieldsOf = (policy: Readonly<Record<string, unknown>>): [string, unknown][] =>
  Object.entries(policy).flatMap(([name, rule]): [string, unknown][] => {
    if (name !== '$or' || !Array.isArray(rule)) return [[name, rule]];
    return rule.filter(isObject).flatMap(fieldsOf);
  });

function checkOperator(name: string, rule: unknown): void {
  if (!isObject(rule)) return;
  for (const [operator, argument] of Object.entries(rule)) {
    const nested = isObject(argument) ? Object.keys(argument) : [];
    const known = OPERATORS.has(operator) && nested.every((inner) => inner === 'prefix');
    if (!known || (nested.length > 0 && operator !== 'anything-but')) {
      throw refused(`"${name}": unrecognized match type ${[operator, ...nested].join(' ')}`);
    }
  }
}

/** Numbers as numbers, lists as lists; binary ones do not take part. */
function valuesOf(attributes: MessageAttributes): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, { DataType, StringValue = '' }] of Object.entries(attributes)) {
    if (DataType === 'String.Array') values[name] = listOf(StringValue);
    else if (DataType.startsWith('String')) values[name] = StringValue;
    else if (DataType.startsWith('Number')) values[name] = Number(StringValue);
  }
  return values;
}

function listOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const refused = (reason: string) =>
  new AwsError('InvalidParameter', `Invalid parameter: FilterPolicy: ${reason}`);
