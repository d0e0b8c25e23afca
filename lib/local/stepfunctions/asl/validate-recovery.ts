import { templateProblems } from '../jsonata/template.ts';
import { CATCHER_FIELDS, RETRIER_FIELDS } from './fields.ts';
import { numberProblem } from './numbers.ts';
import { unknownFields } from './validate-state.ts';
import { isObject, listOf } from './values.ts';

export function retryProblems(place: string, retry: unknown): string[] {
  if (retry === undefined) return [];
  return eachRule(place, 'Retry', retry, RETRIER_FIELDS, (at, rule) => {
    const problems: string[] = [];
    for (const field of ['IntervalSeconds', 'MaxDelaySeconds', 'MaxAttempts']) {
      const problem = rule[field] === undefined ? undefined : numberProblem(field, rule[field]);
      if (problem !== undefined) problems.push(`${at}: ${field} ${problem}`);
    }
    const { BackoffRate: rate = 1, IntervalSeconds: interval = 1, MaxDelaySeconds: delay } = rule;
    if (typeof rate !== 'number' || rate < 1) problems.push(`${at}: BackoffRate must be 1 or more`);
    if (typeof delay === 'number' && delay <= Number(interval)) {
      problems.push(`${at}: MaxDelaySeconds must be above IntervalSeconds`);
    }
    if (![undefined, 'FULL', 'NONE'].includes(rule.JitterStrategy as string | undefined)) {
      problems.push(`${at}: JitterStrategy must be FULL or NONE`);
    }
    return problems;
  });
}

export function catchProblems(place: string, catchers: unknown): string[] {
  if (catchers === undefined) return [];
  return eachRule(place, 'Catch', catchers, CATCHER_FIELDS, (at, rule) => [
    ...(rule.Next === undefined ? [`${at} needs Next`] : []),
    ...templateProblems(rule.Assign ?? null, `${at}: Assign`),
    ...templateProblems(rule.Output ?? null, `${at}: Output`),
  ]);
}

/** States.ALL must stand alone, in the last rule: anything after it could never match. */
function eachRule(
  place: string,
  field: string,
  rules: unknown,
  known: readonly string[],
  check: (at: string, rule: Readonly<Record<string, unknown>>) => string[],
): string[] {
  const list = listOf(rules);
  if (list.length === 0) return [`${place}: ${field} must be a list`];
  return list.flatMap((rule, index) => {
    const at = `${place}: ${field}[${index}]`;
    if (!isObject(rule)) return [`${at} is not an object`];
    const names = listOf(rule.ErrorEquals);
    const problems = [...unknownFields(at, rule, known), ...check(at, rule)];
    if (names.length === 0 || !names.every((name) => typeof name === 'string')) {
      problems.push(`${at} needs ErrorEquals`);
    }
    if (names.includes('States.ALL') && (names.length > 1 || index < list.length - 1)) {
      problems.push(`${at}: States.ALL must be alone in its list and come last`);
    }
    return problems;
  });
}
