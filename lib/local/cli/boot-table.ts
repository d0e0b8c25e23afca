import type { Host } from '../host.ts';
import { tableLines } from './print.ts';

/** What a person wants to know of a template's resources, and the word for it. */
const SHOWN = [
  ['AWS::ApiGatewayV2::Route', 'routes'],
  ['AWS::Lambda::Function', 'functions'],
  ['AWS::DynamoDB::GlobalTable', 'tables'],
  ['AWS::S3::Bucket', 'buckets'],
  ['AWS::SQS::Queue', 'queues'],
  ['AWS::Events::Rule', 'rules'],
  ['AWS::StepFunctions::StateMachine', 'state machines'],
  ['AWS::Lambda::EventSourceMapping', 'event sources'],
] as const;

/** The booted resources in a compact table, one line of words above one of counts. */
export function bootTable({ resources }: Pick<Host, 'resources'>): string[] {
  const found = SHOWN.map(([type, word]) => [word, String(resources[type] ?? 0)] as const);
  const shown = found.filter(([, number]) => number !== '0');
  return tableLines([shown.map(([word]) => word), shown.map(([, number]) => number)]);
}
