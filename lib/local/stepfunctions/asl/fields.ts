/** How a field is checked: any template, an expression or a whole number, or by the validator. */
type FieldKind = 'template' | 'number' | 'string' | 'checked';

type Fields = Readonly<Record<string, FieldKind>>;

const COMMON: Fields = { Type: 'checked', Comment: 'checked', QueryLanguage: 'checked' };
const EXIT: Fields = { Output: 'template', Assign: 'checked' };
const FLOW: Fields = { ...COMMON, ...EXIT, Next: 'checked', End: 'checked' };
const RECOVERY: Fields = { Retry: 'checked', Catch: 'checked' };

/**
 * The fields of each state type under JSONata.
 * https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
 */
export const STATE_FIELDS: Readonly<Record<string, Fields>> = {
  Pass: FLOW,
  Task: {
    ...FLOW,
    ...RECOVERY,
    Resource: 'checked',
    Arguments: 'template',
    TimeoutSeconds: 'number',
    HeartbeatSeconds: 'number',
  },
  Choice: { ...COMMON, ...EXIT, Choices: 'checked', Default: 'checked' },
  Wait: { ...FLOW, Seconds: 'number', Timestamp: 'string' },
  Succeed: { ...COMMON, Output: 'template' },
  Fail: { ...COMMON, Error: 'string', Cause: 'string' },
  Parallel: { ...FLOW, ...RECOVERY, Arguments: 'template', Branches: 'checked' },
  Map: {
    ...FLOW,
    ...RECOVERY,
    Items: 'template',
    ItemSelector: 'template',
    ItemProcessor: 'checked',
    MaxConcurrency: 'number',
    ItemReader: 'checked',
    ItemBatcher: 'checked',
    ToleratedFailureCount: 'number',
    ToleratedFailurePercentage: 'number',
    Label: 'checked',
  },
};

export const MACHINE_FIELDS = [
  'Comment',
  'StartAt',
  'States',
  'TimeoutSeconds',
  'Version',
  'QueryLanguage',
];
export const BRANCH_FIELDS = ['Comment', 'StartAt', 'States'];
export const PROCESSOR_FIELDS = [...BRANCH_FIELDS, 'ProcessorConfig'];
export const RETRIER_FIELDS = [
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
];
export const CATCHER_FIELDS = ['ErrorEquals', 'Next', 'Assign', 'Output', 'Comment'];
export const RULE_FIELDS = ['Condition', 'Next', 'Assign', 'Output', 'Comment'];

/** Fields that only exist under JSONPath: naming the language explains more than "unknown". */
export const JSONPATH_FIELDS = new Set([
  'InputPath',
  'OutputPath',
  'ResultPath',
  'Parameters',
  'ResultSelector',
  'Result',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
  'ErrorPath',
  'CausePath',
  'Variable',
]);
