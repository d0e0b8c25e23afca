import { messageOf } from '../../shared/message-of.ts';
import type { Json, JsonObject } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { isObject } from '../asl/values.ts';
import type { SdkCall } from './sdk-call.ts';

/** How the error names of an optimized integration begin: `Lambda.ServiceException`. */
const OPTIMIZED_PREFIX: Readonly<Record<string, string>> = {
  sagemaker: 'SageMaker',
  lambda: 'Lambda',
  sfn: 'StepFunctions',
};

/** The SDK integrations take the names of AWS's SDK for Java. */
const SDK_PREFIX: Readonly<Record<string, string>> = {
  applicationautoscaling: 'ApplicationAutoScaling',
  cloudwatch: 'CloudWatch',
  dynamodb: 'DynamoDb',
  eventbridge: 'EventBridge',
  lambda: 'Lambda',
  s3: 'S3',
  sagemaker: 'SageMaker',
  scheduler: 'Scheduler',
  sfn: 'Sfn',
  sqs: 'Sqs',
};

/**
 * SageMaker's API describes few of its errors: the SDKs have one class for all others, a refused request
 * and throttling among them.
 */
const SAGEMAKER_DESCRIBES = /^(Conflict|Resource(InUse|LimitExceeded|NotFound))/;
const SAGEMAKER_OTHERS = { optimized: 'AmazonSageMakerException', 'aws-sdk': 'SageMakerException' };

/** Calls an AWS API for a Task by its SDK integration; its errors become names that Retry and Catch can match. */
export async function callApi(
  call: SdkCall,
  service: string,
  operation: string,
  input: unknown,
): Promise<Json> {
  let output: unknown;
  try {
    output = await call(service, operation, input);
  } catch (error) {
    throw apiError('aws-sdk', service, error);
  }
  return plainOutput(output);
}

/** An API's error under the name that it has in Step Functions: with `Exception` at its end. */
export function apiError(
  style: 'optimized' | 'aws-sdk',
  service: string,
  error: unknown,
): StateError {
  const prefix = (style === 'aws-sdk' ? SDK_PREFIX : OPTIMIZED_PREFIX)[service] ?? service;
  const name = error instanceof Error ? error.name : 'Error';
  const message = messageOf(error);
  if (service === 'sagemaker' && !SAGEMAKER_DESCRIBES.test(name)) {
    const cause = `${message} (Service: ${prefix}; Error Code: ${name})`;
    return new StateError(`${prefix}.${SAGEMAKER_OTHERS[style]}`, cause);
  }
  const suffix = /(Exception|Error|Fault)$/.test(name) ? '' : 'Exception';
  return new StateError(`${prefix}.${name}${suffix}`, message);
}

/** The output as JSON: bodies read, dates as text, the SDK's own metadata left out. */
async function plainOutput(output: unknown): Promise<Json> {
  if (!isObject(output)) return {};
  const { $metadata: _, Body: body, ...members } = output;
  if (body !== undefined) return { ...toJson(members), Body: await textOfBody(body) };
  return toJson(members);
}

/** Dates become text. */
function toJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

/** Bodies come as streams that the SDK can turn into text. */
async function textOfBody(body: unknown): Promise<string> {
  if (!isReadable(body)) return String(body);
  return body.transformToString();
}

function isReadable(body: unknown): body is { transformToString(): Promise<string> } {
  return isObject(body) && typeof body.transformToString === 'function';
}
