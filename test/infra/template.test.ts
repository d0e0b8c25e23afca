import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { LOG_COLUMNS, LOG_TABLE_PREFIX } from '../../functions/monitoring/table.ts';
import { servingFunctions } from '../../functions/serving/env.ts';
import { ROOT } from '../../lib/build/paths.ts';
import { AppFunction } from '../../lib/constructs/app-function.ts';
import { placeholders } from '../../lib/constructs/state-machine-file.ts';
import { environment, withServingConcurrency } from '../../lib/environments.ts';
import {
  ofType,
  type SynthesizedResource,
  synthesizedResources,
} from '../support/repository/template.ts';

const resources = synthesizedResources('prod');

/** Types that bill by the hour however idle they are; a GPU endpoint is made at run time, by name. */
const PRICED_BY_THE_HOUR = [
  'AWS::EC2::Instance',
  'AWS::EC2::NatGateway',
  'AWS::EC2::VPCEndpoint',
  'AWS::ECS::Service',
  'AWS::EKS::Cluster',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::ElastiCache::ServerlessCache',
  'AWS::Kinesis::Stream',
  'AWS::MSK::Cluster',
  'AWS::MWAA::Environment',
  'AWS::OpenSearchService::Domain',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::Redshift::Cluster',
  'AWS::SageMaker::Endpoint',
  'AWS::SageMaker::NotebookInstance',
];

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

function statements(resource: SynthesizedResource): Statement[] {
  const document = resource.Properties.PolicyDocument as { Statement: Statement[] } | undefined;
  return document?.Statement ?? [];
}

const allowed = [...resources].flatMap(([id, resource]) =>
  statements(resource)
    .filter((statement) => statement.Effect === 'Allow')
    .map((statement) => ({ id, actions: [statement.Action].flat(), statement })),
);

describe('the template', () => {
  it('holds nothing that is priced by the hour', () => {
    const found = [...resources].filter(([, { Type }]) => PRICED_BY_THE_HOUR.includes(Type));
    expect(found).toEqual([]);
  });

  it('lets one role alone answer for people: automatic ones may compare and abort, not pass a gate', () => {
    const answering = allowed.filter(({ actions }) =>
      actions.some((action) => /^states:(SendTask|\*|$)/.test(action) || action === '*'),
    );
    const roles = [...new Set(answering.map(({ id }) => id))];
    expect(roles).toEqual([expect.stringMatching(/^approvals/i)]);
    const actions = answering.flatMap(({ actions }) => actions);
    expect(actions).not.toContain('states:StartExecution');
  });

  it('keeps every function without provisioned concurrency', () => {
    const provisioned = [...resources].filter(([, { Properties }]) =>
      JSON.stringify(Properties ?? {}).includes('ProvisionedConcurrency'),
    );
    expect(provisioned).toEqual([]);
  });

  it('bills every table by request', () => {
    const tables = ofType(resources, 'AWS::DynamoDB::GlobalTable');
    expect(tables.length).toBeGreaterThanOrEqual(4);
    for (const [, table] of tables) expect(table.Properties.BillingMode).toBe('PAY_PER_REQUEST');
  });

  it('grants no action by wildcard', () => {
    const wild = allowed.filter(({ actions }) => actions.some((action) => action.includes('*')));
    expect(wild.map(({ id, actions }) => ({ id, actions }))).toEqual([]);
  });

  it('lets nobody change or delete the audit trail, and one role alone add to it', () => {
    const policies = ofType(resources, 'AWS::DynamoDB::GlobalTable')
      .filter(([, { Properties }]) => Properties.TableName === 'slipway-prod-platform')
      .map(([, { Properties }]) => {
        const [{ ResourcePolicy }] = Properties.Replicas as [
          { ResourcePolicy: { PolicyDocument: { Statement: object[] } } },
        ];
        return ResourcePolicy.PolicyDocument.Statement;
      });
    const trail = { 'dynamodb:LeadingKeys': ['EVENTS', 'EVENTS#*', 'EVENT#*'] };
    const refused = { Effect: 'Deny', Principal: { AWS: '*' }, Resource: '*' };
    const [[relay] = []] = ofType(resources, 'AWS::IAM::Role').filter(
      ([, { Properties }]) => Properties.Description === 'Function events-relay',
    );
    const writer = { 'Fn::GetAtt': [relay, 'Arn'] };
    expect(policies.flat()).toEqual([
      {
        ...refused,
        Action: [
          'dynamodb:UpdateItem',
          'dynamodb:DeleteItem',
          'dynamodb:BatchWriteItem',
          'dynamodb:PartiQLUpdate',
          'dynamodb:PartiQLDelete',
        ],
        Condition: { 'ForAnyValue:StringLike': trail },
      },
      {
        ...refused,
        Action: ['dynamodb:PutItem', 'dynamodb:PartiQLInsert'],
        Condition: {
          'ForAnyValue:StringLike': trail,
          ArnNotEquals: { 'aws:PrincipalArn': writer },
        },
      },
    ]);
  });

  it('grants nobody a table scan', () => {
    expect(allowed.filter(({ actions }) => actions.includes('dynamodb:Scan'))).toEqual([]);
  });

  it('sends events to queues in groups, so that a flood of one kind delays no other', () => {
    for (const [id, rule] of ofType(resources, 'AWS::Events::Rule')) {
      const targets = rule.Properties.Targets as { SqsParameters?: unknown }[];
      for (const { SqsParameters } of targets) {
        expect(SqsParameters, id).toEqual({ MessageGroupId: '$.detail-type' });
      }
    }
  });

  it('gives every rule target and every stream a dead-letter queue', () => {
    for (const [id, rule] of ofType(resources, 'AWS::Events::Rule')) {
      const targets = rule.Properties.Targets as { DeadLetterConfig?: unknown }[];
      for (const target of targets) expect(target.DeadLetterConfig, id).toBeDefined();
    }
    for (const [id, mapping] of ofType(resources, 'AWS::Lambda::EventSourceMapping')) {
      const { StartingPosition, DestinationConfig } = mapping.Properties;
      if (StartingPosition) expect(DestinationConfig, id).toHaveProperty('OnFailure');
    }
  });

  it('has executions of every machine settled that were stopped or ended in an error', () => {
    const settled = ofType(resources, 'AWS::Events::Rule').flatMap(([, { Properties }]) => {
      const { source, detail, ...pattern } = Properties.EventPattern as {
        source?: string[];
        detail?: { status: string[]; stateMachineArn: { Ref: string }[] };
      };
      if (!source?.includes('aws.states')) return [];
      expect(pattern).toEqual({ 'detail-type': ['Step Functions Execution Status Change'] });
      expect(detail?.status).toEqual(['FAILED', 'TIMED_OUT', 'ABORTED']);
      // AWS tells the default bus.
      expect(Properties.EventBusName).toBeUndefined();
      return detail?.stateMachineArn.map(({ Ref }) => Ref) ?? [];
    });
    const machines = ofType(resources, 'AWS::StepFunctions::StateMachine').map(([id]) => id);
    expect(settled.sort()).toEqual(machines.sort());
  });

  it('has every route of the API but the open ones behind its one authorizer', () => {
    const [authorizer, ...others] = ofType(resources, 'AWS::ApiGatewayV2::Authorizer');
    expect(others).toEqual([]);
    expect(authorizer?.[1].Properties).toMatchObject({
      AuthorizerType: 'REQUEST',
      EnableSimpleResponses: true,
      IdentitySource: ['$request.header.Authorization'],
    });
    expect(authorizer?.[1].Properties.AuthorizerResultTtlInSeconds).toBeLessThanOrEqual(60);
    const routes = ofType(resources, 'AWS::ApiGatewayV2::Route');
    const open = routes.filter(
      ([, { Properties }]) =>
        Properties.AuthorizationType !== 'CUSTOM' ||
        (Properties.AuthorizerId as { Ref?: string }).Ref !== authorizer?.[0],
    );
    expect(routes.length).toBeGreaterThan(50);
    expect(open.map(([, { Properties }]) => Properties.RouteKey).sort()).toEqual([
      'GET /api/slipway/v1/approvals/{id}/answer',
      'GET /health',
      'GET /version',
      'POST /api/slipway/v1/approvals/{id}/answer',
    ]);
  });

  it('runs Python models from a container image, which may write environments only', () => {
    const images = ofType(resources, 'AWS::Lambda::Function').filter(
      ([, { Properties }]) => Properties.PackageType === 'Image',
    );
    expect(images.map(([, { Properties }]) => Properties.FunctionName).sort()).toEqual([
      'slipway-prod-serving-python',
      'slipway-prod-serving-python-build',
    ]);
    const writers = allowed.filter(
      ({ id, actions }) => id.startsWith('servingpython') && actions.includes('s3:PutObject'),
    );
    expect(writers).toHaveLength(1);
    expect(JSON.stringify(writers[0]?.statement.Resource)).toContain('/environments/*');
  });

  it('lets only the functions that need it at the tokens', () => {
    const functions = ofType(resources, 'AWS::Lambda::Function').filter(([, { Properties }]) =>
      JSON.stringify(Properties.Environment ?? {}).includes('AUTH_TABLE'),
    );
    const names = functions.map(([, { Properties }]) => String(Properties.FunctionName));
    expect(names.sort()).toEqual([
      'slipway-prod-auth',
      'slipway-prod-authorizer',
      'slipway-prod-pipelines-tasks',
    ]);
  });

  it('gives every queue that is no dead-letter queue a redrive policy', () => {
    for (const [id, queue] of ofType(resources, 'AWS::SQS::Queue')) {
      const name = String(queue.Properties.QueueName);
      if (!name.endsWith('-dead')) expect(queue.Properties.RedrivePolicy, id).toBeDefined();
    }
  });

  it('leads from every alarm to a section of the runbook', () => {
    const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
    const alarms = ofType(resources, 'AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(15);
    for (const [id, { Properties }] of alarms) {
      const section = /docs\/runbook\.md#([a-z-]+)$/.exec(String(Properties.AlarmDescription))?.[1];
      expect(section, id).toBeDefined();
      expect(runbook, id).toContain(`## ${section}`);
    }
  });

  it('tells the operations topic of every alarm, and lets nobody but CloudWatch publish there', () => {
    const [[operations] = []] = ofType(resources, 'AWS::SNS::Topic').filter(
      ([, { Properties }]) => Properties.TopicName === 'slipway-prod-operations',
    );
    for (const [id, { Properties }] of ofType(resources, 'AWS::CloudWatch::Alarm')) {
      expect(Properties.AlarmActions, id).toEqual([{ Ref: operations }]);
    }
    const publishers = allowed.filter(({ actions }) => actions.includes('sns:Publish'));
    const onOperations = publishers.filter(({ statement }) =>
      JSON.stringify(statement.Resource).includes(String(operations)),
    );
    expect(onOperations).toMatchObject([
      {
        statement: {
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      },
    ]);
  });

  it('watches failures and throttles of every function', () => {
    const watched = JSON.stringify(
      ofType(resources, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.Metrics),
    );
    for (const [id, { Properties }] of ofType(resources, 'AWS::Lambda::Function')) {
      if (Properties.FunctionName === undefined) continue;
      const dimension = `{"Name":"FunctionName","Value":{"Ref":"${id}"}}`;
      expect(watched.split(`${dimension}],"MetricName":"Errors"`), id).toHaveLength(2);
      expect(watched.split(`${dimension}],"MetricName":"Throttles"`), id).toHaveLength(2);
    }
  });

  it('watches every dead-letter queue', () => {
    const watched = JSON.stringify(
      ofType(resources, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.Metrics),
    );
    for (const [id, { Properties }] of ofType(resources, 'AWS::SQS::Queue')) {
      const dimension = `{"Name":"QueueName","Value":{"Fn::GetAtt":["${id}","QueueName"]}}`;
      const isDeadLetters = String(Properties.QueueName).endsWith('-dead');
      expect(watched.split(dimension), id).toHaveLength(isDeadLetters ? 2 : 1);
    }
  });

  it('stays well below the 500 resources that a stack may have', () => {
    expect(resources.size).toBeLessThan(480);
  });

  it('keeps no log for ever', () => {
    const groups = ofType(resources, 'AWS::Logs::LogGroup');
    for (const [id, { Properties }] of groups) expect(Properties.RetentionInDays, id).toBe(90);
  });

  it('substitutes every placeholder of every state machine file', () => {
    const machines = ofType(resources, 'AWS::StepFunctions::StateMachine');
    const files = readdirSync(join(ROOT, 'statemachines')).filter((f) => f.endsWith('.asl.json'));
    expect(machines.length).toBe(files.length);
    const given = machines.map(([, { Properties }]) =>
      Object.keys((Properties.DefinitionSubstitutions ?? {}) as object).sort(),
    );
    for (const file of files) {
      const open = placeholders(readFileSync(join(ROOT, 'statemachines', file), 'utf8')).sort();
      expect(given, file).toContainEqual(open);
    }
  });

  it('tells Athena of the inference log what its files have', () => {
    const [[, { Properties } = { Properties: {} }] = []] = ofType(resources, 'AWS::Glue::Table');
    const { TableInput } = Properties as {
      TableInput: {
        StorageDescriptor: { Columns: { Name: string }[] };
        PartitionKeys: { Name: string }[];
        Parameters: Record<string, unknown>;
      };
    };
    const names = (columns: readonly { Name: string }[]) => columns.map(({ Name }) => Name);
    expect(names(TableInput.StorageDescriptor.Columns)).toEqual(
      LOG_COLUMNS.map(({ name }) => name),
    );
    expect(names(TableInput.PartitionKeys)).toEqual(['endpoint', 'day']);
    const { 'storage.location.template': template, 'projection.enabled': projected } =
      TableInput.Parameters;
    expect(projected).toBe('true');
    expect(JSON.stringify(template)).toContain(
      `/${LOG_TABLE_PREFIX}/endpoint=\${endpoint}/day=\${day}`,
    );
  });

  it('limits how many requests are scored at once where a deployment says so', () => {
    const limited = withServingConcurrency(environment('prod'), '50');
    expect(limited.reservedConcurrency).toEqual({ 'serving-invoke': 50, 'serving-python': 50 });
    expect(withServingConcurrency(environment('prod'), undefined)).toEqual(environment('prod'));
    for (const limit of ['0', 'many', '1.5']) {
      expect(() => withServingConcurrency(environment('prod'), limit)).toThrow('whole number');
    }
    const stack = new Stack(new App(), 'stack');
    new AppFunction(stack, 'serving-invoke', servingFunctions['serving-invoke'], limited);
    new AppFunction(stack, 'serving', servingFunctions.serving, limited);
    const functions = Object.values(
      Template.fromStack(stack).findResources('AWS::Lambda::Function'),
    );
    const reserved = functions.map(({ Properties: { FunctionName, ...more } }) => [
      FunctionName,
      more.ReservedConcurrentExecutions,
    ]);
    expect(Object.fromEntries(reserved)).toEqual({
      'slipway-prod-serving-invoke': 50,
      'slipway-prod-serving': undefined,
    });
  });

  it('differs between environments in names and retention only', () => {
    const types = (name: 'dev' | 'prod') =>
      [...synthesizedResources(name).values()].map((resource) => resource.Type).sort();
    expect(types('dev')).toEqual(types('prod'));
  });
});
