import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly events: EventBridgeClient;
  readonly s3: S3Client;
  /** A bucket that is there. */
  readonly bucket: string;
  readonly sqs: SQSClient;
  readonly intake: Intake;
  readonly define: Define;
}

/** Makes what a CloudFormation template asks for and answers its outputs. */
export type Intake = (
  template: object,
  parameters?: Readonly<Record<string, string>>,
) => Promise<Readonly<Record<string, string>> | 'refused'>;

/** Whether a definition in the States Language may be deployed. */
export type Define = (definition: object) => Promise<'accepted' | 'refused'>;

/** A call of an AWS API with the answer that AWS's documentation promises. */
export interface KnownAnswer {
  readonly service: 'dynamodb' | 'events' | 's3' | 'sqs' | 'states' | 'template';
  readonly name: string;
  /** Page below https://docs.aws.amazon.com that decides. */
  readonly page: string;
  readonly run: (clients: Clients) => Promise<unknown>;
  readonly expected: unknown;
}

/** What a call was refused with, as an answer. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
  return 'not refused';
}

let names = 0;
/** A name that no other case uses. */
export const fresh = (prefix: string) => `${prefix}-${process.pid}-${++names}`;
