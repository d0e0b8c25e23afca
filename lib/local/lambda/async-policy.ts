import * as z from 'zod';
import type { Delivery, InvocationResult, PropertySpec } from '../service.ts';
import { parseProperties } from '../shared/parse-input.ts';
import { UnsupportedError } from '../shared/properties.ts';

/** What happens to asynchronous events of a function. */
export interface AsyncPolicy {
  readonly functionArn: string;
  /** Attempts after the first. */
  readonly retries: number;
  readonly maxAgeMs: number;
  readonly onSuccess?: string;
  readonly onFailure?: string;
  /** Gets the bare event; the destinations get a record about it. */
  readonly deadLetters?: string;
}

/** Lambda's own defaults: two retries within six hours. */
export const DEFAULT_RETRIES = 2;
export const DEFAULT_MAX_AGE_MS = 6 * 3600 * 1000;

/** Properties of `AWS::Lambda::EventInvokeConfig`. */
export const EVENT_INVOKE_PROPERTIES: PropertySpec = {
  FunctionName: true,
  Qualifier: 'ignored',
  MaximumRetryAttempts: true,
  MaximumEventAgeInSeconds: true,
  DestinationConfig: { OnFailure: { Destination: true }, OnSuccess: { Destination: true } },
};

/** Where records of events can go from here; any other ARN stops the start, and not each record. */
const DESTINATION = /^arn:aws:(lambda|sqs):/;

/** Limits: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
const limits = z.object({
  MaximumRetryAttempts: z.coerce.number().int().min(0).max(2).optional(),
  MaximumEventAgeInSeconds: z.coerce.number().int().min(60).max(21_600).optional(),
});

export function asyncPolicy(
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
): Partial<AsyncPolicy> {
  const limited = parseProperties(logicalId, limits, properties);
  const { MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: maxAge } = limited;
  const { OnFailure, OnSuccess } = (properties.DestinationConfig ?? {}) as {
    OnFailure?: { Destination: string };
    OnSuccess?: { Destination: string };
  };
  for (const destination of [OnFailure, OnSuccess]) {
    if (destination && !DESTINATION.test(destination.Destination)) {
      throw new UnsupportedError(
        `${logicalId}: destination ${destination.Destination}: a function or a queue locally`,
      );
    }
  }
  return {
    ...(retries !== undefined && { retries }),
    ...(maxAge !== undefined && { maxAgeMs: maxAge * 1000 }),
    ...(OnFailure && { onFailure: OnFailure.Destination }),
    ...(OnSuccess && { onSuccess: OnSuccess.Destination }),
  };
}

/** An event that will not be attempted again. */
export interface FinishedEvent {
  readonly payload: string;
  readonly attempt: number;
  readonly condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';
  readonly result: InvocationResult | 'throttled';
}

/**
 * What is owed to the function's destinations.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function outcomeDeliveries(policy: AsyncPolicy, event: FinishedEvent): Delivery[] {
  const failed = event.condition !== 'Success';
  const destination = failed ? policy.onFailure : policy.onSuccess;
  const deliveries: Delivery[] = [];
  if (destination) {
    const payload = JSON.stringify(record(policy.functionArn, event));
    deliveries.push({ arn: destination, payload });
  }
  if (failed && policy.deadLetters) {
    deliveries.push({ arn: policy.deadLetters, payload: event.payload });
  }
  return deliveries;
}

function record(functionArn: string, { payload, attempt, condition, result }: FinishedEvent) {
  const answered = result !== 'throttled';
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: attempt + 1,
    },
    requestPayload: JSON.parse(payload) as unknown,
    ...(answered && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(result.functionError && { functionError: result.functionError }),
      },
      responsePayload: JSON.parse(result.payload) as unknown,
    }),
  };
}
