import { afterAll, beforeAll } from 'vitest';
import { startS3 } from '../../unit/local/s3/s3-fixture.ts';
import { startDynamo, type TestDynamo } from '../dynamo.ts';

/** Starts the tables and the bucket `b` of artifacts for the tests of a file; `put` writes an object. */
export function useArtifactServices(): {
  put: (key: string, body?: string | Buffer) => Promise<unknown>;
} {
  let dynamo: TestDynamo;
  let s3: Awaited<ReturnType<typeof startS3>>;
  beforeAll(async () => {
    dynamo = await startDynamo();
    s3 = await startS3();
    Object.assign(process.env, {
      ARTIFACT_ROOT: 'mlflow-artifacts:/',
      ARTIFACTS_BUCKET: 'b',
      AWS_ENDPOINT_URL_S3: s3.endpoint,
    });
  });
  afterAll(async () => {
    await s3.close();
    await dynamo.stop();
  });
  return { put: (key, body) => s3.put(key, body) };
}
