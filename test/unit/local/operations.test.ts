import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as s3 from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { ENGINE_OPERATIONS } from '../../../lib/local/dynamodb/engine-operations.ts';
import { OPERATION_NAMES } from '../../../lib/local/s3/operations/index.ts';
import { startDynamo } from '../../support/dynamo.ts';

/** What AWS's own client can ask for. */
const commandsOf = (client: object) =>
  Object.keys(client).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);

/** Signed for the service, as far as the engine looks. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x';

it('what DynamoDB answers is what the engine knows', async () => {
  const { endpoint, stop } = await startDynamo([]);
  const known: string[] = [];
  for (const operation of commandsOf(dynamodb)) {
    const headers = {
      authorization: AUTHORIZATION,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': '20260101T000000Z',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
    const answer = await fetch(endpoint, { method: 'POST', headers, body: '{}' });
    if (!(await answer.text()).includes('UnknownOperation')) known.push(operation);
  }
  await stop();
  expect(known.sort()).toEqual(ENGINE_OPERATIONS);
});

it('what S3 answers has AWS’s names', () => {
  expect(commandsOf(s3)).toEqual(expect.arrayContaining([...OPERATION_NAMES]));
});
