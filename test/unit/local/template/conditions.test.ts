import { describe, expect, it } from 'vitest';
import type { ResourceProvider } from '../../../../lib/local/service.ts';
import { createResources } from '../../../../lib/local/template/create-resources.ts';

const CONTEXT = { region: '', accountId: '', assetPath: () => '' };

const created = async (template: object) => {
  const found: Record<string, unknown> = {};
  const provider: ResourceProvider = {
    type: 'T',
    properties: { A: true, B: true },
    create: (id, properties) => {
      found[id] = properties;
      return { ref: id, attributes: {} };
    },
  };
  await createResources(template as never, new Map([['T', provider]]), CONTEXT);
  return found;
};

const CONDITIONS = {
  Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
  There: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-central-1'] },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html */
describe('conditions of a template', () => {
  it('decide which resources there are', async () => {
    const Resources = {
      Yes: { Type: 'T', Condition: 'Here' },
      No: { Type: 'T', Condition: 'There' },
    };
    expect(Object.keys(await created({ Conditions: CONDITIONS, Resources }))).toEqual(['Yes']);
  });

  it('choose values, and leave out what has none', async () => {
    const none = { Ref: 'AWS::NoValue' };
    const Resources = {
      X: {
        Type: 'T',
        Properties: {
          A: { 'Fn::If': ['There', [1], none] },
          B: [{ 'Fn::If': ['Here', 'kept', 'lost'] }, { 'Fn::If': ['There', 'lost', none] }],
        },
      },
    };
    expect(await created({ Conditions: CONDITIONS, Resources })).toEqual({ X: { B: ['kept'] } });
  });

  it('decide which outputs there are', async () => {
    const Outputs = {
      Always: { Value: 'a' },
      Yes: { Value: 'b', Condition: 'Here' },
      No: { Value: { Ref: 'Missing' }, Condition: 'There' },
    };
    const template = { Conditions: CONDITIONS, Resources: {}, Outputs };
    const { outputs } = await createResources(template as never, new Map(), CONTEXT);
    expect(outputs).toEqual({ Always: 'a', Yes: 'b' });
  });

  it('must be there when they are named', async () => {
    const Resources = { X: { Type: 'T', Condition: 'Missing' } };
    await expect(created({ Resources })).rejects.toThrow(/^X: no condition Missing$/);
    const property = { X: { Type: 'T', Properties: { A: { 'Fn::If': ['Missing', 1, 2] } } } };
    await expect(created({ Resources: property })).rejects.toThrow(/^X: no condition Missing$/);
  });
});
