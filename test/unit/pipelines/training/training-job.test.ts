import { describe, expect, it } from 'vitest';
import type { Execution } from '../../../../functions/pipelines/executions/execution.ts';
import { pipelineSchema } from '../../../../functions/pipelines/pipeline.ts';
import { toTrainingJob } from '../../../../functions/pipelines/training/training-job.ts';

const data = { train: 's3://b/train/', evaluate: 's3://b/evaluate.csv', label: 'y' };

describe('a training job on several instances', () => {
  it('gives each its share of the training data, all of the rest, and what the toolkit reads', () => {
    const document = pipelineSchema.parse({
      model: 'm',
      data: { ...data, distribution: 'ShardedByS3Key' },
      training: {
        image: 'trainer',
        instance_count: 4,
        hyperparameters: {
          sagemaker_mpi_enabled: true,
          sagemaker_mpi_num_of_processes_per_host: 8,
        },
      },
    });
    const job = toTrainingJob({ id: 'E', document } as Execution, 'run');

    expect(job.instance_count).toBe(4);
    expect(distributions(job)).toEqual(['ShardedByS3Key', 'FullyReplicated']);
    expect(job.hyperparameters).toMatchObject({
      sagemaker_mpi_enabled: 'true',
      sagemaker_mpi_num_of_processes_per_host: '8',
    });
  });

  it('gives each everything unless the definition says otherwise', () => {
    const training = { image: 'trainer', instance_count: 2 };
    const document = pipelineSchema.parse({ model: 'm', data, training });
    const job = toTrainingJob({ id: 'E', document } as Execution, 'run');

    expect(distributions(job)).toEqual(['FullyReplicated', 'FullyReplicated']);
  });
});

interface Channel {
  readonly DataSource: { readonly S3DataSource: { readonly S3DataDistributionType: string } };
}

const distributions = ({ input_data }: { readonly input_data: readonly object[] }) =>
  (input_data as Channel[]).map(({ DataSource }) => DataSource.S3DataSource.S3DataDistributionType);
