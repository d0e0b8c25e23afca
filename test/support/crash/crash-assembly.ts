import { FaultyAssembly } from '../faulty-assembly.ts';

/** Table of effects; queue that everything ends in; state machine with a token; all of this name. */
export const CRASH = 'crash';

export const QUEUE_ARN = `arn:aws:sqs:us-east-1:000000000000:${CRASH}`;
export const MACHINE_ARN = `arn:aws:states:us-east-1:000000000000:stateMachine:${CRASH}`;

/** Row that counts effects, beside the rows of the things that had one. */
export const TOTAL = 'TOTAL';

/**
 * Consumer of the queue and worker of the state machine. A message's effect is its row and one more in
 * the total, in one transaction; a repetition counts as a delivery only.
 */
const SINK = `
  import { DynamoDBClient, TransactWriteItemsCommand, UpdateItemCommand }
    from '${import.meta.resolve('@aws-sdk/client-dynamodb')}';
  const client = new DynamoDBClient({});
  const TableName = '${CRASH}';
  const one = { ':one': { N: '1' } };
  const add = (pk, field) => ({
    TableName,
    Key: { pk: { S: pk } },
    UpdateExpression: 'ADD ' + field + ' :one',
    ExpressionAttributeValues: one,
  });
  async function takeEffect(id) {
    const put = { TableName, Item: { pk: { S: id } }, ConditionExpression: 'attribute_not_exists(pk)' };
    try {
      const TransactItems = [{ Put: put }, { Update: add('${TOTAL}', 'effects') }];
      await client.send(new TransactWriteItemsCommand({ TransactItems }));
    } catch (error) {
      if (error.CancellationReasons?.[0]?.Code !== 'ConditionalCheckFailed') throw error;
    }
    await client.send(new UpdateItemCommand(add(id, 'deliveries')));
  }
  async function doTask({ execution, step, token }) {
    const update = add('execution:' + execution, step);
    await client.send(new UpdateItemCommand(update));
    if (token === undefined) return;
    await client.send(new UpdateItemCommand({
      TableName,
      Key: { pk: { S: 'token:' + token } },
      UpdateExpression: 'SET execution = :execution',
      ExpressionAttributeValues: { ':execution': { S: execution } },
    }));
  }
  export const handler = async (event) => {
    if (!event.Records) return doTask(event);
    for (const { body } of event.Records) {
      const message = JSON.parse(body);
      await takeEffect(message.detail?.id ?? message.id);
    }
  };`;

const task = (step: string, next: string | undefined, token = false) => ({
  Type: 'Task',
  Resource: `arn:aws:states:::lambda:invoke${token ? '.waitForTaskToken' : ''}`,
  Arguments: {
    FunctionName: `${CRASH}-sink`,
    Payload: {
      execution: '{% $states.context.Execution.Name %}',
      step,
      ...(token && { token: '{% $states.context.Task.Token %}' }),
    },
  },
  Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 20, BackoffRate: 1 }],
  ...(next === undefined ? { End: true } : { Next: next }),
});

/** The product's template, with what a crash may hit besides the product's own parts. */
export function crashAssembly(): FaultyAssembly {
  const assembly = new FaultyAssembly();
  assembly.addFunction(`${CRASH}-sink`, SINK, { timeoutSeconds: 25 });
  assembly.add('CrashTable', 'AWS::DynamoDB::Table', {
    TableName: CRASH,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  });
  assembly.add('CrashQueue', 'AWS::SQS::Queue', { QueueName: CRASH, VisibilityTimeout: 30 });
  assembly.add('CrashMapping', 'AWS::Lambda::EventSourceMapping', {
    EventSourceArn: { 'Fn::GetAtt': ['CrashQueue', 'Arn'] },
    FunctionName: { Ref: `${CRASH}-sink` },
    BatchSize: 10,
  });
  assembly.add('CrashRule', 'AWS::Events::Rule', {
    Name: CRASH,
    EventPattern: { source: [CRASH] },
    Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['CrashQueue', 'Arn'] } }],
  });
  assembly.add('CrashMachine', 'AWS::StepFunctions::StateMachine', {
    StateMachineName: CRASH,
    DefinitionString: JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'Begin',
      States: {
        Begin: task('begun', 'Pause'),
        Pause: { Type: 'Wait', Seconds: 1, Next: 'Ask' },
        Ask: task('asked', 'Finish', true),
        Finish: task('finished', undefined),
      },
    }),
  });
  assembly.repeatAfter(8);
  return assembly;
}
