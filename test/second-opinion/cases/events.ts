import { TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_PATTERNS, PATTERN_PAGE } from '../../support/known-answers/event-patterns.ts';
import { type KnownAnswer, refusal } from '../case.ts';

/** `TestEventPattern` wants a whole event; the tables name what matters of it. */
const WHOLE = {
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'x',
  source: 'x',
  account: '123456789012',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail: {},
};

const refused = (name: string, pattern: unknown): KnownAnswer => ({
  service: 'events',
  name: `refuses ${name}`,
  page: PATTERN_PAGE,
  run: ({ events }) =>
    refusal(
      events.send(
        new TestEventPatternCommand({
          EventPattern: JSON.stringify(pattern),
          Event: JSON.stringify(WHOLE),
        }),
      ),
    ),
  expected: 'InvalidEventPatternException',
});

export const eventCases: readonly KnownAnswer[] = [
  ...EVENT_PATTERNS.map(
    ([name, pattern, matching, others]): KnownAnswer => ({
      service: 'events',
      name: `pattern: ${name}`,
      page: PATTERN_PAGE,
      run: async ({ events }) => {
        const test = async (event: unknown) => {
          const request = new TestEventPatternCommand({
            EventPattern: JSON.stringify(pattern),
            Event: JSON.stringify({ ...WHOLE, ...(event as object) }),
          });
          return (await events.send(request)).Result;
        };
        const one = async (event: unknown, wanted: boolean) =>
          (await test(event)) === wanted ? [] : [event];
        const wrong = await Promise.all([
          ...matching.map((event) => one(event, true)),
          ...others.filter(isWhole).map((event) => one(event, false)),
        ]);
        return wrong.flat();
      },
      expected: [],
    }),
  ),
  refused('an operator that does not exist', { detail: { a: [{ like: 'x' }] } }),
  refused('a value that is no array', { detail: { a: 'x' } }),
  refused('an empty pattern', {}),
  refused('a numeric range with one bound missing', { detail: { a: [{ numeric: ['>'] }] } }),
];

/** What a table leaves out, `WHOLE` fills in: a case of absence cannot be asked this way. */
const isWhole = (event: unknown) =>
  typeof event === 'object' && event !== null && Object.keys(event).length > 0;
