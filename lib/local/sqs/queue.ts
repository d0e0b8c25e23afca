import * as z from 'zod';
import { AwsError } from '../shared/aws-error.ts';

/**
 * A queue's settings, durations in seconds. Limits:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
export const queueSettings = z.object({
  DelaySeconds: z.coerce.number().int().min(0).max(900).default(0),
  MaximumMessageSize: z.coerce.number().int().min(1024).max(1_048_576).default(1_048_576),
  MessageRetentionPeriod: z.coerce.number().int().min(60).max(1_209_600).default(345_600),
  ReceiveMessageWaitTimeSeconds: z.coerce.number().int().min(0).max(20).default(0),
  VisibilityTimeout: z.coerce.number().int().min(0).max(43_200).default(30),
  RedrivePolicy: z
    .preprocess(
      parseText,
      z.object({
        deadLetterTargetArn: z.string(),
        maxReceiveCount: z.coerce.number().int().min(1).max(1000),
      }),
    )
    .optional(),
});

export type QueueSettings = z.infer<typeof queueSettings>;

export interface Queue extends QueueSettings {
  readonly name: string;
  readonly arn: string;
  /** Epoch milliseconds. */
  readonly created: number;
}

/** Throws `InvalidParameterValue` for a name that SQS refuses, and for FIFO queues. */
export function checkQueueName(name: string): void {
  if (name.endsWith('.fifo')) {
    throw new AwsError('UnsupportedOperation', `${name}: FIFO queues are not supported locally`);
  }
  if (!/^[\w-]{1,80}$/.test(name)) {
    throw new AwsError(
      'InvalidParameterValue',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  }
}

function parseText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
