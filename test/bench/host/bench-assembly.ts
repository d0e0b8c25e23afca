import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../../lib/build/paths.ts';
import { FaultyAssembly } from '../../support/faulty-assembly.ts';

/** Table, queue, rule and state machines that the benchmarks use have this name, or begin with it. */
export const BENCH = 'bench';

/** States of one execution whose cost is measured. */
export const STATES = 100;

/** As the product's functions read: by their own client. */
const READ = `
  import { dynamo } from '${pathToFileURL(join(ROOT, 'functions/shared/dynamo/index.ts'))}';
  const Key = { pk: { S: 'a' } };
  export const handler = async () => {
    const { Item } = await dynamo().send('GetItem', { TableName: '${BENCH}', Key });
    return { statusCode: 200, body: JSON.stringify(Item) };
  };`;

/** The same by AWS's client. */
const SDK_READ = `
  import { DynamoDBClient, GetItemCommand } from '${import.meta.resolve('@aws-sdk/client-dynamodb')}';
  const client = new DynamoDBClient({});
  const Key = { pk: { S: 'a' } };
  export const handler = async () => {
    const { Item } = await client.send(new GetItemCommand({ TableName: '${BENCH}', Key }));
    return { statusCode: 200, body: JSON.stringify(Item) };
  };`;

/** Tells where functions find the engine. */
const EMPTY = `
  export const handler = async () =>
    ({ statusCode: 200, body: JSON.stringify({ engine: process.env.AWS_ENDPOINT_URL_DYNAMODB }) });`;

/** A state machine of that many states that do nothing. */
export const CHAIN = chain();

function chain(): string {
  const names = Array.from({ length: STATES }, (_, i) => `s${i}`);
  const states = names.map((name, i) => [
    name,
    { Type: 'Pass', ...(i + 1 < STATES ? { Next: `s${i + 1}` } : { End: true }) },
  ]);
  const States = Object.fromEntries(states);
  return JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 's0', States });
}

/** The product's template with what is measured besides the product; consumers note delays in `notes`. */
export function benchAssembly(notes: string): FaultyAssembly {
  const assembly = new FaultyAssembly();
  assembly.addFunction(`${BENCH}-read`, READ, { memoryMb: 256, route: `GET /${BENCH}/read` });
  assembly.addFunction(`${BENCH}-sdk-read`, SDK_READ, {
    memoryMb: 256,
    route: `GET /${BENCH}/sdk-read`,
  });
  assembly.addFunction(`${BENCH}-empty`, EMPTY, { memoryMb: 256, route: `GET /${BENCH}/empty` });
  assembly.add('BenchTable', 'AWS::DynamoDB::Table', {
    TableName: BENCH,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  });
  assembly.add('BenchQueue', 'AWS::SQS::Queue', { QueueName: BENCH });
  assembly.add('BenchRule', 'AWS::Events::Rule', {
    Name: BENCH,
    EventPattern: { source: [BENCH] },
    Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['BenchQueue', 'Arn'] } }],
  });
  for (const type of ['STANDARD', 'EXPRESS']) {
    assembly.add(`Bench${type}`, 'AWS::StepFunctions::StateMachine', {
      StateMachineName: `${BENCH}-${type.toLowerCase()}`,
      StateMachineType: type,
      DefinitionString: CHAIN,
    });
  }
  assembly.wrap(
    'validation',
    `
    import { appendFileSync } from 'node:fs';
    export const handler = async (event, context) => {
      for (const { body } of event.Records ?? []) {
        const delay = Date.now() - Date.parse(JSON.parse(body).detail.metadata.time);
        appendFileSync('${notes}', delay + '\\n');
      }
      return real(event, context);
    };`,
  );
  return assembly;
}
