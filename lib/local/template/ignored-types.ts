import type { ResourceAttributes } from '../service.ts';
import { arn, LOCAL_ACCOUNT } from '../shared/arn.ts';

/**
 * Resource types without a meaning on one machine, each with its reason. Others may refer to them,
 * so each has a plausible `Ref` and `Arn`.
 */
export const IGNORED_TYPES: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'one principal runs everything',
  'AWS::IAM::Policy': 'one principal runs everything',
  'AWS::IAM::ManagedPolicy': 'one principal runs everything',
  'AWS::Lambda::Permission': 'one principal runs everything',
  'AWS::SQS::QueuePolicy': 'one principal runs everything',
  'AWS::SNS::TopicPolicy': 'one principal runs everything',
  'AWS::S3::BucketPolicy': 'one principal runs everything',
  'AWS::Logs::LogGroup': 'logs are files in the data directory',
  'AWS::Logs::ResourcePolicy': 'logs are files in the data directory',
  'AWS::Glue::Database': 'DuckDB reads the files of tables where they lie',
  'AWS::Glue::Table': 'DuckDB reads the files of tables where they lie',
  'AWS::CloudWatch::Alarm': 'nobody is called from here',
};

export function ignoredAttributes(type: string, logicalId: string): ResourceAttributes {
  const service = (type.split('::')[1] ?? '').toLowerCase();
  const resource = type === 'AWS::IAM::Role' ? `role/${logicalId}` : logicalId;
  const own =
    service === 'iam' ? `arn:aws:iam::${LOCAL_ACCOUNT}:${resource}` : arn(service, resource);
  return { ref: logicalId, attributes: { Arn: own } };
}
