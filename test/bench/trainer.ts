import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { plainValues } from '../../lib/training/images/gbdt/data/columns.ts';
import { generate } from '../conformance/gbdt/cases.ts';
import { TestHost } from '../support/host.ts';
import { LOCAL_CLIENT, putTrainingData } from '../support/training-data.ts';
import { type Figure, round, single } from './figures.ts';
import { usageOfTree } from './tracking/process-tree.ts';

const ROWS = 200_000;
const TREES = 200;

/** The built-in training program as a training job: reading, 200 trees without early stop, artifacts. */
export async function benchTrainer(): Promise<Figure[]> {
  const host = new TestHost();
  await host.start();
  try {
    const bucket = await putTrainingData(host.awsUrl, 10);
    const columns = await putRows(host.awsUrl, bucket);
    await host.call('PUT', '/api/slipway/v1/pipelines/bench', {
      model: 'bench',
      data: { train: `s3://${bucket}/bench/`, label: 'label' },
      training: { hyperparameters: { trees: TREES, early_stopping_rounds: 0 } },
    });
    const before = usageOfTree(host.pid).cpuMs;
    const path = '/api/slipway/v1/pipelines/bench/executions';
    const { body } = await host.call('POST', path, { reason: 'bench' });
    await ended(host, String(body.id));
    const cpuMs = round(usageOfTree(host.pid).cpuMs - before);
    const sageMaker = new SageMakerClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
    const TrainingJobName = `slipway-${String(body.id)}`;
    const job = await sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName }));
    sageMaker.destroy();
    const from = job.TrainingStartTime?.getTime() ?? Number.NaN;
    const seconds = ((job.TrainingEndTime?.getTime() ?? Number.NaN) - from) / 1000;
    const name = `training job: ${ROWS} rows × ${columns} columns × ${TREES} trees`;
    return [single(name, 's', seconds, { cpuMs, limits: [{ of: 'value', atMost: 40 }] })];
  } finally {
    await host.stop();
  }
}

/** Waits for the end of the execution. Throws its cause when it failed. */
async function ended(host: TestHost, id: string): Promise<void> {
  for (;;) {
    const { body } = await host.call('GET', `/api/slipway/v1/executions/${id}`);
    if (String(body.status) === 'SUCCEEDED') return;
    if (String(body.status) === 'FAILED') throw new Error(JSON.stringify(body.error));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Rows as the comparison with other trainers has them; answers the number of features. */
async function putRows(awsUrl: string, bucket: string): Promise<number> {
  const { features, labels } = generate('binary', ROWS, 1);
  const columnData = features.map((column) => ({
    name: column.name,
    data: plainValues(column),
    type: column.kind === 'text' ? ('STRING' as const) : ('DOUBLE' as const),
  }));
  const label = { name: 'label', data: Array.from(labels), type: 'DOUBLE' as const };
  const Body = new Uint8Array(parquetWriteBuffer({ columnData: [...columnData, label] }));
  const s3 = new S3Client({ ...LOCAL_CLIENT, endpoint: awsUrl });
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'bench/rows.parquet', Body }));
  s3.destroy();
  return features.length;
}
