import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** Rows whose label depends on x, with noise from a small generator: the same in every run. */
function trainingCsv(rows: number): string {
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const lines = ['at,x,colour,late'];
  for (let i = 0; i < rows; i++) {
    const x = random();
    const colour = random() < 0.5 ? 'red' : 'blue';
    const late = random() < 0.15 + 0.6 * x + (colour === 'red' ? 0.1 : 0) ? 1 : 0;
    const at = new Date(Date.UTC(2026, 0, 1) + (i / rows) * 30 * 86_400_000).toISOString();
    lines.push(`${at},${x.toFixed(4)},${colour},${late}`);
  }
  return `${lines.join('\n')}\n`;
}

export const LOCAL_CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

/** Puts the rows into the host's bucket; answers the bucket's name. */
export async function putTrainingData(awsUrl: string, rows: number): Promise<string> {
  const s3 = new S3Client({ ...LOCAL_CLIENT, endpoint: awsUrl });
  const bucket = (await s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name ?? '';
  const put = { Bucket: bucket, Key: 'data/rows.csv', Body: trainingCsv(rows) };
  await s3.send(new PutObjectCommand(put));
  s3.destroy();
  return bucket;
}

/** A pipeline that trains on those rows. */
export const trainingPipeline = (bucket: string, over: object = {}) => ({
  model: 'm',
  data: {
    train: `s3://${bucket}/data/`,
    label: 'late',
    exclude: ['at'],
    time_column: 'at',
    window_end: '2026-01-31T00:00:00Z',
    trailing: 'P60D',
    holdout: 'P7D',
  },
  training: { hyperparameters: { trees: 20 } },
  ...over,
});
