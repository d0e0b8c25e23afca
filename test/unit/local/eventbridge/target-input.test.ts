import { describe, expect, test } from 'vitest';
import type { BusEvent } from '../../../../lib/local/eventbridge/event.ts';
import { compileInput, type TargetInput } from '../../../../lib/local/eventbridge/target-input.ts';

const RULE = { name: 'moved', arn: 'arn:aws:events:us-east-1:000000000000:rule/moved' };

const EVENT: BusEvent = {
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '123456789012',
  time: '2015-11-11T21:29:54Z',
  region: 'us-east-1',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111'],
  detail: {
    'instance-id': 'i-0123456789',
    state: 'RUNNING',
    note: 'say "hi"',
    list: [1, { a: 2 }],
  },
};

const give = (input: TargetInput) => compileInput(input, RULE)(EVENT);

describe('compileInput', () => {
  test('passes the event, a part of it, or a constant', () => {
    expect(JSON.parse(give({}))).toEqual(EVENT);
    expect(JSON.parse(give({ InputPath: '$.detail.list[1].a' }))).toBe(2);
    expect(JSON.parse(give({ InputPath: "$['detail']['instance-id']" }))).toBe('i-0123456789');
    expect(JSON.parse(give({ InputPath: '$.detail.absent.deeper' }))).toBeNull();
    expect(give({ Input: '{"fixed":true}' })).toBe('{"fixed":true}');
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
  test.each([
    ['"<instance> is in state <status>"', 'i-0123456789 is in state RUNNING'],
    [
      '{"instance" : <instance>, "state": <status>}',
      { instance: 'i-0123456789', state: 'RUNNING' },
    ],
    [
      '{"instance": "<instance>", "all": [<list>]}',
      { instance: 'i-0123456789', all: [[1, { a: 2 }]] },
    ],
    ['{"text": "<note> \\" <list>"}', { text: 'say "hi" " [1,{"a":2}]' }],
    ['{"gone": <gone>, "text": "<gone>"}', { gone: null, text: '' }],
    ['{"rule": "<aws.events.rule-name>"}', { rule: 'moved' }],
    ['{"at": "<aws.events.event.ingestion-time>"}', { at: EVENT.time }],
    ['{"whole": <aws.events.event.json>}', { whole: EVENT }],
  ])('renders %s', (InputTemplate, output) => {
    const InputPathsMap = {
      instance: '$.detail.instance-id',
      status: '$.detail.state',
      note: '$.detail.note',
      list: '$.detail.list',
      gone: '$.detail.gone',
    };

    const text = give({ InputTransformer: { InputPathsMap, InputTemplate } });

    expect(JSON.parse(text)).toEqual(output);
  });

  test('leaves the detail out of <aws.events.event>', () => {
    const text = give({ InputTransformer: { InputTemplate: '<aws.events.event>' } });

    expect(JSON.parse(text)).toMatchObject({ source: 'aws.ec2' });
    expect(JSON.parse(text)).not.toHaveProperty('detail');
  });

  test.each([
    ['an unknown variable', { InputTransformer: { InputTemplate: '<what>' } }, /<what>/],
    ['a template that gives no JSON', { InputTransformer: { InputTemplate: 'plain' } }, /JSON/],
    ['a path with a filter', { InputPath: '$.detail[?(@.a)]' }, /not supported/],
    ['a constant that is no JSON', { Input: 'plain' }, /JSON/],
    ['two kinds of input', { Input: '1', InputPath: '$' }, /exclude/],
  ])('refuses %s', (_what, input, message) => {
    expect(() => compileInput(input, RULE)).toThrow(message);
  });
});
