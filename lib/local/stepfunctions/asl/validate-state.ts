import { expressionOf } from '../jsonata/expression.ts';
import { templateProblems } from '../jsonata/template.ts';
import { RULE_FIELDS } from './fields.ts';
import { numberProblem } from './numbers.ts';
import { type Fields, isObject, listOf } from './values.ts';

const MAP_LIMITS = ['MaxConcurrency', 'ToleratedFailureCount', 'ToleratedFailurePercentage'];

/** A field that must be a number in its range, or an expression. */
export function numberProblems(place: string, field: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value === 'string' && expressionOf(value) !== undefined) return [];
  const problem = numberProblem(field, value);
  return problem === undefined ? [] : [`${place}: ${field} ${problem}, or an expression`];
}

/** What each type of state must have, and where it must go next. */
export function requiredProblems(
  place: string,
  state: Fields,
  resourceProblem: (resource: string) => string | undefined = () => undefined,
): string[] {
  const problems: string[] = [];
  const type = String(state.Type);
  if (['Pass', 'Task', 'Wait', 'Parallel', 'Map'].includes(type)) {
    if ((state.Next === undefined) === (state.End === undefined)) {
      problems.push(`${place} needs either Next or "End": true`);
    } else if (state.End !== undefined && state.End !== true) {
      problems.push(`${place}: End can only be true`);
    }
  }
  if (state.Assign !== undefined && !isObject(state.Assign)) {
    problems.push(`${place}: Assign must be an object of variables`);
  } else if (isObject(state.Assign) && Object.hasOwn(state.Assign, 'states')) {
    problems.push(`${place}: Assign cannot set the reserved variable states`);
  }
  if (type === 'Task') {
    const problem =
      typeof state.Resource === 'string' ? resourceProblem(state.Resource) : 'is missing';
    if (problem !== undefined) problems.push(`${place}: Resource ${problem}`);
    const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
    if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
      problems.push(`${place}: HeartbeatSeconds must be below TimeoutSeconds`);
    }
  }
  if (type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
    problems.push(`${place} needs either Seconds or Timestamp`);
  }
  if (type === 'Parallel' && listOf(state.Branches).length === 0) {
    problems.push(`${place} needs Branches`);
  }
  return problems;
}

export function choiceProblems(place: string, state: Fields): string[] {
  if (state.Type !== 'Choice') return [];
  const rules = listOf(state.Choices);
  if (rules.length === 0) return [`${place} needs Choices`];
  return rules.flatMap((rule, index) => {
    const at = `${place}: choice ${index}`;
    if (!isObject(rule)) return [`${at} is not an object`];
    const problems = unknownFields(at, rule, RULE_FIELDS);
    const condition = rule.Condition;
    if (typeof condition !== 'boolean') {
      if (typeof condition !== 'string' || expressionOf(condition) === undefined) {
        problems.push(`${at}: Condition must be an expression`);
      }
      problems.push(...templateProblems(condition ?? null, `${at}: Condition`));
    }
    if (rule.Next === undefined) problems.push(`${at} needs Next`);
    problems.push(...templateProblems(rule.Assign ?? null, `${at}: Assign`));
    return [...problems, ...templateProblems(rule.Output ?? null, `${at}: Output`)];
  });
}

export function mapProblems(place: string, state: Fields): string[] {
  if (state.Type !== 'Map') return [];
  const problems: string[] = [];
  const processor = isObject(state.ItemProcessor) ? state.ItemProcessor : {};
  const config = isObject(processor.ProcessorConfig) ? processor.ProcessorConfig : {};
  const distributed = config.Mode === 'DISTRIBUTED';
  problems.push(...unknownFields(`${place}: ProcessorConfig`, config, ['Mode', 'ExecutionType']));
  if (![undefined, 'INLINE', 'DISTRIBUTED'].includes(config.Mode as string | undefined)) {
    problems.push(`${place}: unknown Mode ${JSON.stringify(config.Mode)}`);
  }
  const { ExecutionType: type } = config;
  // An inline Map needs none.
  if (type !== 'STANDARD' && type !== 'EXPRESS' && (distributed || type !== undefined)) {
    const given = JSON.stringify(type) ?? 'nothing';
    problems.push(`${place}: ExecutionType must be STANDARD or EXPRESS, not ${given}`);
  }
  for (const field of ['ItemReader', 'ItemBatcher', ...MAP_LIMITS.slice(1)]) {
    if (state[field] !== undefined && !distributed) {
      problems.push(`${place}: ${field} needs a ProcessorConfig with Mode DISTRIBUTED`);
    }
  }
  if (state.ItemReader !== undefined && state.Items !== undefined) {
    problems.push(`${place} has both Items and ItemReader`);
  }
  return [
    ...problems,
    ...readerProblems(place, state.ItemReader),
    ...batcherProblems(place, state.ItemBatcher),
  ];
}

function readerProblems(place: string, reader: unknown): string[] {
  if (reader === undefined) return [];
  if (!isObject(reader)) return [`${place}: ItemReader is not an object`];
  const at = `${place}: ItemReader`;
  const config = isObject(reader.ReaderConfig) ? reader.ReaderConfig : {};
  const problems = [
    ...unknownFields(at, reader, ['Resource', 'Arguments', 'ReaderConfig']),
    ...unknownFields(`${at}.ReaderConfig`, config, ['InputType', 'MaxItems']),
    ...numberProblems(at, 'MaxItems', config.MaxItems),
    ...templateProblems(reader.Arguments ?? null, `${at}.Arguments`),
    ...templateProblems(config, `${at}.ReaderConfig`),
  ];
  if (reader.Resource !== 'arn:aws:states:::s3:getObject') {
    problems.push(`${at}: only arn:aws:states:::s3:getObject is supported`);
  }
  if (!isObject(reader.Arguments)) problems.push(`${at} needs Arguments`);
  if (config.InputType !== 'JSON' && config.InputType !== 'JSONL') {
    problems.push(`${at}: InputType must be JSON or JSONL`);
  }
  return problems;
}

function batcherProblems(place: string, batcher: unknown): string[] {
  if (batcher === undefined) return [];
  if (!isObject(batcher)) return [`${place}: ItemBatcher is not an object`];
  const at = `${place}: ItemBatcher`;
  const problems = [
    ...unknownFields(at, batcher, ['MaxItemsPerBatch', 'MaxInputBytesPerBatch', 'BatchInput']),
    ...numberProblems(at, 'MaxItemsPerBatch', batcher.MaxItemsPerBatch),
    ...numberProblems(at, 'MaxInputBytesPerBatch', batcher.MaxInputBytesPerBatch),
    ...templateProblems(batcher, at),
  ];
  if (batcher.MaxItemsPerBatch === undefined && batcher.MaxInputBytesPerBatch === undefined) {
    problems.push(`${at} needs MaxItemsPerBatch or MaxInputBytesPerBatch`);
  }
  return problems;
}

export function unknownFields(place: string, fields: Fields, known: readonly string[]): string[] {
  return Object.keys(fields)
    .filter((field) => !known.includes(field))
    .map((field) => `${place} has no field ${field}`);
}
