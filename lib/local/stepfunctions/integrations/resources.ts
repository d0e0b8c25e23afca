import { type IsOffered, sdkProblem } from './sdk-call.ts';

/** How a Task uses its resource. */
export type Pattern = 'request' | 'sync' | 'sync:2' | 'waitForTaskToken';

interface Resource {
  /** `lambda`, `events`, `aws-sdk:s3` … */
  readonly service: string;
  readonly operation: string;
  readonly pattern: Pattern;
}

const PREFIX = 'arn:aws:states:::';
const CALLBACK: readonly Pattern[] = ['request', 'waitForTaskToken'];

/** Optimized integrations, with the patterns that each has. */
const OPTIMIZED: Readonly<Record<string, readonly Pattern[]>> = {
  'lambda:invoke': CALLBACK,
  'states:startExecution': ['request', 'sync', 'sync:2', 'waitForTaskToken'],
  'sagemaker:createTrainingJob': ['request', 'sync'],
};

/** `arn:aws:states:::states:startExecution.sync:2` → its parts; undefined for another ARN. */
export function parseResource(arn: string): Resource | undefined {
  const match =
    /^((?:aws-sdk:)?[a-z0-9-]+):([A-Za-z0-9]+)(?:\.(sync|sync:2|waitForTaskToken))?$/.exec(
      arn.startsWith(PREFIX) ? arn.slice(PREFIX.length) : '',
    );
  if (!match) return undefined;
  const [, service = '', operation = '', pattern = 'request'] = match;
  return { service, operation, pattern: pattern as Pattern };
}

/** Why a Task of this type of machine cannot have this resource, or undefined when it can. */
export function resourceProblem(
  arn: string,
  type: 'STANDARD' | 'EXPRESS',
  isOffered: IsOffered,
): string | undefined {
  const resource = parseResource(arn);
  if (!resource) return `${arn} is not a supported integration`;
  const { service, operation, pattern } = resource;
  if (type === 'EXPRESS' && pattern !== 'request') return `${arn} needs a STANDARD machine`;
  if (service.startsWith('aws-sdk:')) {
    if (!CALLBACK.includes(pattern)) return `${arn} has no .${pattern}`;
    return sdkProblem(service.slice('aws-sdk:'.length), operation, isOffered);
  }
  const patterns = OPTIMIZED[`${service}:${operation}`];
  if (!patterns) return `${arn} is not a supported integration`;
  return patterns.includes(pattern) ? undefined : `${arn} has no .${pattern}`;
}
