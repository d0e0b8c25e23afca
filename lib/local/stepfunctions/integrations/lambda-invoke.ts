import type { LambdaInvoker } from '../../service.ts';
import { arn } from '../../shared/arn.ts';
import type { Json } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { isObject } from '../asl/values.ts';
import { apiError } from './api-call.ts';

const ARGUMENTS = ['FunctionName', 'Payload'];

/** `arn:aws:states:::lambda:invoke`: the answer wraps what the function returned. */
export async function invokeFunction(lambda: LambdaInvoker, input: Json): Promise<Json> {
  const args = isObject(input) ? input : {};
  const unknown = Object.keys(args).find((name) => !ARGUMENTS.includes(name));
  if (unknown || typeof args.FunctionName !== 'string') {
    const problem = unknown ? `lambda:invoke has no ${unknown} here` : 'FunctionName is missing';
    throw new StateError('Lambda.ValidationException', problem);
  }
  const name = args.FunctionName;
  const functionArn = name.startsWith('arn:') ? name : arn('lambda', `function:${name}`);
  const payload = (args.Payload ?? {}) as Json;
  return {
    ExecutedVersion: '$LATEST',
    Payload: await callFunction(lambda, functionArn, payload),
    StatusCode: 200,
  };
}

/**
 * Calls a function for its answer. A function's own error is named by its `errorType`, its cause is
 * the whole error object as text, as on AWS.
 */
async function callFunction(
  lambda: LambdaInvoker,
  functionArn: string,
  input: Json,
): Promise<Json> {
  const result = await lambda.invoke(functionArn, JSON.stringify(input)).catch((error) => {
    throw apiError('optimized', 'lambda', error);
  });
  const answer = parse(result.payload);
  if (result.functionError === undefined) return answer;
  const type = isObject(answer) ? answer.errorType : undefined;
  throw new StateError(typeof type === 'string' ? type : 'Lambda.Unknown', result.payload);
}

/** A function that returns nothing answers no text. */
function parse(text: string): Json {
  return text === '' ? null : (JSON.parse(text) as Json);
}
