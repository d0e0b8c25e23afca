import { UsageError } from '../usage-error.ts';
import { signedFor } from './aws-client.ts';
import { operatorOptions, runningHost } from './operator-options.ts';
import { print } from './print.ts';

/** `slipway interrupt JOB`: takes its spot instance away from a training job, as AWS may at any time. */
export async function interrupt(args: readonly string[]): Promise<number> {
  const { values, positionals } = operatorOptions(args, {}, 1);
  const [job] = positionals;
  if (!job) throw new UsageError('Which training job? `slipway interrupt JOB`');
  const response = await fetch(runningHost(values['data-dir']).aws_url, {
    method: 'POST',
    headers: { ...signedFor('sagemaker'), 'x-amz-target': 'SageMaker.InterruptTrainingJob' },
    body: JSON.stringify({ TrainingJobName: job }),
  });
  const { message } = (await response.json()) as { message?: string };
  if (!response.ok) throw new UsageError(message ?? `The host answers ${response.status}`);
  print(values.json, { interrupted: job }, () => [`${job} lost its instance and starts over`]);
  return 0;
}
