import * as z from 'zod';
import { AwsError } from '../shared/aws-error.ts';
import { type AwsOperation, seconds } from '../shared/aws-json.ts';
import { parseInput } from '../shared/parse-input.ts';
import type { JobStore } from './job-store.ts';
import { describeTrainingJob, isOver, trainingJobArn } from './training-job.ts';
import type { TrainingJobs } from './training-jobs.ts';

const INVALID = 'ValidationException';
/** None of AWS's, where nobody is asked before an instance is taken away. */
export const INTERRUPT = 'InterruptTrainingJob';

const named = z.strictObject({ TrainingJobName: z.string().min(1) });
const listed = z.strictObject({
  MaxResults: z.number().int().min(1).max(100).default(10),
  NextToken: z.string().regex(/^\d+$/).default('0'),
  NameContains: z.string().optional(),
  StatusEquals: z.enum(['InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped']).optional(),
  SortBy: z.literal('CreationTime').optional(),
  SortOrder: z.literal('Descending').optional(),
});

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html */
export function sageMakerOperations(
  jobs: TrainingJobs,
  store: JobStore,
): Record<string, AwsOperation> {
  const jobOf = (input: unknown) => jobs.get(parseInput(named, input, INVALID).TrainingJobName);
  return {
    CreateTrainingJob: (input) => jobs.create(input, ''),
    DescribeTrainingJob: (input) => describeTrainingJob(jobOf(input), seconds),
    StopTrainingJob: async (input) => {
      const { name, status } = jobOf(input);
      if (isOver(status)) throw new AwsError(INVALID, `The training job is in status ${status}`);
      await jobs.stop(name);
      return {};
    },
    [INTERRUPT]: (input) => jobs.interrupt(jobOf(input).name),
    ListTrainingJobs: (input) => {
      const query = parseInput(listed, input, INVALID);
      const offset = Number(query.NextToken);
      const found = store.list({
        status: query.StatusEquals,
        nameContains: query.NameContains,
        limit: query.MaxResults + 1,
        offset,
      });
      return {
        TrainingJobSummaries: found.slice(0, query.MaxResults).map((job) => ({
          TrainingJobName: job.name,
          TrainingJobArn: trainingJobArn(job.name),
          TrainingJobStatus: job.status,
          CreationTime: seconds(job.created),
          LastModifiedTime: seconds(job.modified),
          ...(job.ended !== undefined && { TrainingEndTime: seconds(job.ended) }),
        })),
        ...(found.length > query.MaxResults && { NextToken: String(offset + query.MaxResults) }),
      };
    },
  };
}
