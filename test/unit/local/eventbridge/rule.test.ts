import { describe, expect, it } from 'vitest';
import { newEvent } from '../../../../lib/local/eventbridge/event.ts';
import { compileRule } from '../../../../lib/local/eventbridge/rule.ts';
import { QUEUE } from './eventbridge-fixture.ts';

const event = newEvent({ source: 's', detailType: 'Moved', detail: {} });
const rule = (more: object) =>
  compileRule('Rule', {
    Name: 'moved',
    EventPattern: { 'detail-type': ['Moved'] },
    Targets: [
      { Id: 'one', Arn: QUEUE },
      { Id: 'two', Arn: QUEUE },
    ],
    ...more,
  });

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html */
describe('a rule', () => {
  it('names an execution by event, rule and target, and nothing else', () => {
    const names = (more: object = {}) =>
      rule(more)
        .lettersFor(event)
        .map(({ executionName }) => executionName);
    expect(names()).toEqual(names());
    expect(new Set([...names(), ...names({ Name: 'other' })]).size).toBe(4);
  });

  it('gives messages the group that is named, or that stands in the event', () => {
    const groupOf = (MessageGroupId: string) => {
      const Targets = [{ Id: 'one', Arn: QUEUE, SqsParameters: { MessageGroupId } }];
      return rule({ Targets }).lettersFor(event)[0]?.group;
    };
    expect(groupOf('all')).toBe('all');
    expect(groupOf('$.detail-type')).toBe('Moved');
    expect(groupOf('$.detail.none')).toBeUndefined();
    expect(() => groupOf('$.detail[*]')).toThrow(/not supported/);
  });

  it('is told of by its bus, unless that is the default one', () => {
    const arn = 'arn:aws:events:us-east-1:000000000000:rule';
    expect(rule({}).arn).toBe(`${arn}/moved`);
    expect(rule({ EventBusName: 'slipway' }).arn).toBe(`${arn}/slipway/moved`);
  });
});
