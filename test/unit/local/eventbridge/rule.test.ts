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

describe('a rule', () => {
  it('names an execution by event, rule and target, and nothing else', () => {
    const names = (more: object = {}) =>
      rule(more)
        .lettersFor(event)
        .map(({ executionName }) => executionName);
    expect(names()).toEqual(names());
    expect(new Set([...names(), ...names({ Name: 'other' })]).size).toBe(4);
  });

  it('is told of by its bus, unless that is the default one', () => {
    const arn = 'arn:aws:events:us-east-1:000000000000:rule';
    expect(rule({}).arn).toBe(`${arn}/moved`);
    expect(rule({ EventBusName: 'slipway' }).arn).toBe(`${arn}/slipway/moved`);
  });
});
