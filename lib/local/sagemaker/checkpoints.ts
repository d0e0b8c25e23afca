import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AwsError } from '../shared/aws-error.ts';
import { filesBelow } from './archive.ts';
import type { RunJobOptions } from './run-job.ts';
import type { TrainingJob } from './training-job.ts';

/**
 * Gives a job the checkpoints that are stored, before its program starts. A host that starts again finds
 * the folder as the program left it, which is newer.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
 */
export async function bringCheckpoints(
  { request }: TrainingJob,
  { root, download }: Pick<RunJobOptions, 'root' | 'download'>,
): Promise<void> {
  const folder = join(root, 'checkpoints');
  if (existsSync(folder)) return;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  const uri = storedAt(request);
  if (uri !== undefined) {
    await download(uri, part).catch((error: unknown) => {
      if (!(error instanceof AwsError && error.code === 'NoSuchKey')) throw error;
    });
  }
  await rename(part, folder);
}

/** Stores what is in the folder of checkpoints, if the job wants that. */
export async function storeCheckpoints(
  { request }: TrainingJob,
  { root, upload }: Pick<RunJobOptions, 'root' | 'upload'>,
): Promise<void> {
  const uri = storedAt(request);
  if (uri === undefined) return;
  const folder = join(root, 'checkpoints');
  for (const file of await filesBelow(folder)) await upload(join(folder, file), uri + file);
}

/** The prefix, with its slash. */
const storedAt = ({ CheckpointConfig }: TrainingJob['request']) =>
  CheckpointConfig?.S3Uri.replace(/\/*$/, '/');
