import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Clients, Define, Intake, KnownAnswer } from './case.ts';
import { cloudFormationAt } from './intake.ts';

type Service = KnownAnswer['service'];

/** An implementation of some AWS services. */
export interface Peer {
  readonly name: string;
  readonly services: readonly Service[];
  readonly endpointOf: (service: Service) => string;
  /** A bucket that is there already; one is made when it is absent. */
  readonly bucket?: string;
  /** Access key and secret; `test` unless told. */
  readonly account?: string;
  /** How it takes a template; by default a call of CloudFormation. */
  readonly intake?: Intake;
  /** What it says of a state machine's definition. */
  readonly define?: Define;
}

/** Unmodified AWS clients of a peer. */
export async function clientsOf(peer: Peer): Promise<Clients> {
  const settings = (service: Service) => ({
    endpoint: peer.endpointOf(service),
    region: 'us-east-1',
    credentials: { accessKeyId: peer.account ?? 'test', secretAccessKey: peer.account ?? 'test' },
    maxAttempts: 1,
  });
  const s3 = new S3Client({ ...settings('s3'), forcePathStyle: true });
  const bucket = peer.bucket ?? 'second-opinion';
  if (!peer.bucket && peer.services.includes('s3')) {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  }
  return {
    dynamodb: new DynamoDBClient(settings('dynamodb')),
    events: new EventBridgeClient(settings('events')),
    s3,
    sqs: new SQSClient(settings('sqs')),
    bucket,
    intake: peer.intake ?? cloudFormationAt(peer.endpointOf('template')),
    define: peer.define ?? (() => Promise.reject(new Error(`${peer.name} takes no definitions`))),
  };
}
