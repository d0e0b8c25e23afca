import { requiredEnv } from '../../shared/env.ts';

/** Where SageMaker puts what training jobs print: a stream for each instance of a job. */
const GROUP = '/aws/sagemaker/TrainingJobs';

/** Escapes in the part of a console address behind its `#`: percent signs stand as `$25`. */
const escaped = (text: string) => encodeURIComponent(encodeURIComponent(text)).replaceAll('%', '$');

/** What a job printed: its log group, what its streams begin with, and the page that shows them. */
export function trainingLogs(job: string) {
  const region = requiredEnv('AWS_REGION');
  const page = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
  const filter = `$3FlogStreamNameFilter$3D${escaped(`${job}/`)}`;
  return {
    group: GROUP,
    stream_prefix: `${job}/`,
    url: `${page}#logsV2:log-groups/log-group/${escaped(GROUP)}${filter}`,
  };
}
