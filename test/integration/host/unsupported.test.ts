import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assemblyDir, ROOT } from '../../../lib/build/paths.ts';

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  [member: string]: unknown;
}

interface Template {
  Resources: Record<string, Resource>;
  [member: string]: unknown;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-unsupported-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the product's own template after a change of it. */
function boot(change: (template: Template) => void) {
  const source = assemblyDir('dev');
  const copy = join(folder, 'assembly');
  mkdirSync(copy);
  for (const name of readdirSync(source)) {
    const isTemplate = name.endsWith('.template.json');
    if (!isTemplate) symlinkSync(join(source, name), join(copy, name));
    else {
      const template = JSON.parse(readFileSync(join(source, name), 'utf8')) as Template;
      change(template);
      writeFileSync(join(copy, name), JSON.stringify(template));
    }
  }
  const program = join(ROOT, 'test/support/host/boot-assembly.ts');
  const args = ['--assembly', copy, '--data-dir', join(folder, 'data')];
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, lines: stderr.trim().split('\n') };
}

/** The first resource of a type. */
function first(template: Template, type: string): [string, Resource] {
  const found = Object.entries(template.Resources).find(([, { Type }]) => Type === type);
  if (!found) throw new Error(`The template has no ${type}`);
  return found;
}

const property = (type: string, name: string, value: unknown) => (template: Template) => {
  first(template, type)[1].Properties[name] = value;
};

const definition = (states: object) =>
  property(
    'AWS::StepFunctions::StateMachine',
    'DefinitionString',
    JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', States: states }),
  );

describe('a template that asks for something unknown', () => {
  it('is otherwise booted', () => {
    expect(boot(() => {})).toEqual({ status: 0, lines: [''] });
  });

  it.each<[string, (template: Template) => void, RegExp]>([
    [
      'a type of resource',
      ({ Resources }) => {
        Resources.Stream = { Type: 'AWS::Kinesis::Stream', Properties: {} };
      },
      /^Stream: resource type AWS::Kinesis::Stream is not supported locally$/,
    ],
    ['a property', property('AWS::SQS::Queue', 'FifoQueue', true), /Queue.*FifoQueue/],
    ['a property of a function', property('AWS::Lambda::Function', 'Layers', ['x']), /Layers/],
    [
      'a nested property',
      property('AWS::S3::Bucket', 'NotificationConfiguration', { TopicConfigurations: [] }),
      /NotificationConfiguration.*TopicConfigurations/,
    ],
    [
      'a condition of a resource',
      (template) => {
        first(template, 'AWS::SQS::Queue')[1].Condition = 'Missing';
      },
      /no condition Missing/,
    ],
    [
      'a member of the template',
      (template) => {
        template.Transform = 'AWS::Serverless-2016-10-31';
      },
      /Transform/,
    ],
    [
      'an intrinsic function',
      property('AWS::SQS::Queue', 'QueueName', { 'Fn::ImportValue': 'x' }),
      /Fn::ImportValue/,
    ],
    [
      'an attribute',
      property('AWS::SQS::Queue', 'QueueName', { 'Fn::GetAtt': ['ArtifactsBucket', 'Colour'] }),
      /Colour|ArtifactsBucket/,
    ],
    [
      'a pattern operator',
      property('AWS::Events::Rule', 'EventPattern', { detail: { a: [{ like: 'x' }] } }),
      /like/,
    ],
    ['a type of state', definition({ A: { Type: 'Loop', End: true } }), /A.*Loop|Loop.*A/],
    [
      'a field of a state',
      definition({ A: { Type: 'Pass', ResultPath: '$.a', End: true } }),
      /A.*ResultPath/,
    ],
    [
      'a task',
      definition({ A: { Type: 'Task', Resource: 'arn:aws:states:::batch:submitJob', End: true } }),
      /batch/,
    ],
    [
      'an operation of a service that is here',
      definition({
        A: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:s3:putBucketPolicy', End: true },
      }),
      /"A".*aws-sdk:s3 has no operation putBucketPolicy/,
    ],
    [
      'an operation that AWS has not, either',
      definition({
        A: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:sqs:sendLetter', End: true },
      }),
      /"A".*aws-sdk:sqs has no operation sendLetter/,
    ],
  ])('stops the start in one line: %s', (_what, change, line) => {
    const { status, lines } = boot(change);
    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringMatching(line)]);
    // Which resource it is about stands first.
    expect(lines[0]).toMatch(/^(Template|[A-Za-z0-9]+)[: ]/);
  });
});
