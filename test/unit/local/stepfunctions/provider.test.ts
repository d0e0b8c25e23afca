import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Machines } from '../../../../lib/local/stepfunctions/execution/machines.ts';
import { stateMachineProvider } from '../../../../lib/local/stepfunctions/provider.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'states-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Creates the machine whose definition file is this; answers it, or throws as the start would. */
async function create(definition: unknown, properties: Record<string, unknown> = {}) {
  writeFileSync(join(folder, 'asset.abc.json'), JSON.stringify(definition));
  const machines = new Machines();
  const created = await stateMachineProvider(
    machines,
    () => 0,
    () => true,
  ).create(
    'Train',
    {
      StateMachineName: 'train',
      DefinitionS3Location: { Bucket: 'assets', Key: 'abc.json' },
      ...properties,
    },
    {
      region: 'us-east-1',
      accountId: '000000000000',
      assetPath: (hash) => join(folder, `asset.${hash}.json`),
    },
  );
  return { created, machine: machines.get(created.ref) };
}

const machine = (state: object) => ({
  QueryLanguage: 'JSONata',
  StartAt: 'Work',
  States: { Work: state },
});
const task = machine({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: `\${FunctionArn}` },
  End: true,
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html */
describe('AWS::StepFunctions::StateMachine', () => {
  it('comes from an asset with its substitutions, escaped', async () => {
    const { created, machine: made } = await create(task, {
      DefinitionSubstitutions: { FunctionArn: 'arn:"x"' },
      RoleArn: 'arn:role',
    });
    expect(created).toEqual({
      ref: 'arn:aws:states:us-east-1:000000000000:stateMachine:train',
      attributes: {
        Arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:train',
        Name: 'train',
      },
    });
    expect(made.definition.States.Work).toMatchObject({ Arguments: { FunctionName: 'arn:"x"' } });
    expect(made).toMatchObject({ type: 'STANDARD', roleArn: 'arn:role' });
  });

  it('comes from a DefinitionString', async () => {
    const text = JSON.stringify(machine({ Type: 'Succeed' }));
    const { machine: made } = await create(
      {},
      { DefinitionString: text, StateMachineType: 'EXPRESS' },
    );
    expect(made).toMatchObject({ text, type: 'EXPRESS' });
  });

  it.each<[string, unknown, Record<string, unknown>, RegExp]>([
    ['a placeholder without substitution', task, {}, /Train \(state machine train\).*FunctionArn/],
    [
      'JSONPath',
      { StartAt: 'Work', States: { Work: { Type: 'Succeed' } } },
      {},
      /"Work" uses JSONPath/,
    ],
    [
      'a resource that is not supported',
      machine({ Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask', End: true }),
      {},
      /"Work": Resource .*ecs:runTask/,
    ],
    ['an unknown type', machine({ Type: 'Succeed' }), { StateMachineType: 'TURBO' }, /TURBO/],
    ['no definition', {}, { DefinitionS3Location: undefined }, /needs DefinitionString/],
  ])('is refused for %s', async (_what, definition, properties, message) => {
    await expect(create(definition, properties)).rejects.toMatchObject({
      name: 'UnsupportedError',
      message: expect.stringMatching(message),
    });
  });
});
