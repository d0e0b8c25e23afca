import { describe, expect, it } from 'vitest';
import type { MessageAttributes } from '../../../../lib/local/shared/message-attribute.ts';
import { compileFilterPolicy } from '../../../../lib/local/sns/filter-policy.ts';

const text = (value: string) => ({ DataType: 'String', StringValue: value });
const number = (value: number) => ({ DataType: 'Number', StringValue: String(value) });
const list = (...values: unknown[]) => ({
  DataType: 'String.Array',
  StringValue: JSON.stringify(values),
});

type Case = readonly [
  policy: object,
  accepted: readonly MessageAttributes[],
  rejected: readonly MessageAttributes[],
];

const interests = (value: MessageAttributes[string]) => ({ customer_interests: value });
const price = (value: number) => ({ price_usd: number(value) });

/** https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html */
const STRINGS: readonly Case[] = [
  [
    { customer_interests: ['rugby', 'tennis'] },
    [interests(text('rugby')), interests(text('tennis')), interests(list('rugby', 'tennis'))],
    [interests(text('baseball')), interests(list('baseball')), {}],
  ],
  [
    { customer_interests: [{ 'anything-but': ['rugby', 'tennis'] }] },
    [
      interests(text('baseball')),
      interests(text('football')),
      interests(list('rugby', 'baseball')),
    ],
    [interests(text('rugby')), interests(list('rugby'))],
  ],
  [
    { event: [{ 'anything-but': { prefix: 'order-' } }] },
    [{ event: text('data-entry') }],
    [{ event: text('order-cancelled') }],
  ],
  [
    { customer_interests: [{ 'equals-ignore-case': 'tennis' }] },
    [interests(text('TENNIS')), interests(text('Tennis'))],
    [interests(text('table tennis'))],
  ],
  [
    { source_ip: [{ cidr: '10.0.0.0/24' }] },
    [{ source_ip: text('10.0.0.0') }, { source_ip: text('10.0.0.255') }],
    [{ source_ip: text('10.1.1.0') }],
  ],
  [
    { customer_interests: [{ prefix: 'bas' }] },
    [interests(text('baseball')), interests(text('basketball'))],
    [interests(text('rugby'))],
  ],
  [
    { customer_interests: [{ suffix: 'ball' }] },
    [interests(text('baseball')), interests(text('basketball'))],
    [interests(text('rugby'))],
  ],
];

/** https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html */
const NUMBERS: readonly Case[] = [
  [{ price_usd: [{ numeric: ['=', 301.5] }] }, [price(301.5), price(3.015e2)], [price(301)]],
  [{ price_usd: [{ 'anything-but': [100, 500] }] }, [price(101), price(100.1)], [price(100)]],
  [{ price_usd: [{ numeric: ['<', 0] }] }, [price(-1)], [price(0)]],
  [
    { price_usd: [{ numeric: ['>', 0, '<=', 150] }] },
    [price(150), price(0.5)],
    [price(0), price(151), { price_usd: text('100') }],
  ],
];

/** https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html, …/and-or-logic.html */
const KEYS: readonly Case[] = [
  [{ store: [{ exists: true }] }, [{ store: text('fans') }], [{ event: text('x') }]],
  [{ store: [{ exists: false }] }, [{ event: text('x') }, {}], [{ store: text('fans') }]],
  [
    { customer_interests: ['rugby'], price_usd: [{ numeric: ['>', 100] }] },
    [{ ...interests(list('rugby')), ...price(101) }],
    [interests(text('rugby')), price(101), { ...interests(text('rugby')), ...price(100) }],
  ],
  [
    {
      source: ['aws.cloudwatch'],
      $or: [{ metricName: ['CPUUtilization'] }, { namespace: ['AWS/EC2', 'AWS/ES'] }],
    },
    [{ source: text('aws.cloudwatch'), namespace: text('AWS/ES') }],
    [{ source: text('aws.cloudwatch'), namespace: text('AWS/SQS') }, { namespace: text('AWS/ES') }],
  ],
  [{}, [{}, price(1)], []],
];

describe('a filter policy', () => {
  it.each(
    [...STRINGS, ...NUMBERS, ...KEYS].map((one) => [JSON.stringify(one[0]), ...one] as const),
  )('%s', (json, _policy, accepted, rejected) => {
    const accepts = compileFilterPolicy(json);
    for (const attributes of accepted) expect([attributes, accepts(attributes)]).toContain(true);
    for (const attributes of rejected) expect([attributes, accepts(attributes)]).toContain(false);
  });

  it.each([
    ['not JSON', '{', /failed to parse JSON/],
    ['a list', '[]', /failed to parse JSON/],
    ['a nested policy', '{"a":{"b":["c"]}}', /must be an array/],
    ['a value without a list', '{"a":"b"}', /must be an array/],
    ['no value', '{"a":[]}', /empty array/],
    ['EventBridge’s wildcard', '{"a":[{"wildcard":"b*"}]}', /unrecognized match type wildcard/],
    ['what nobody has', '{"a":[{"like":"b"}]}', /unrecognized match type like/],
    [
      'an operator within another',
      '{"a":[{"prefix":{"equals-ignore-case":"b"}}]}',
      /unrecognized match type prefix equals-ignore-case/,
    ],
    [
      'more than five keys',
      '{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}',
      /more than 5 keys/,
    ],
    [
      'more than 150 combinations',
      JSON.stringify({ a: [...'abcdefghijklmn'], b: [...'abcdefghijklmn'] }),
      /too complex: 196 combinations/,
    ],
  ])('is refused: %s', (_what, policy, reason) => {
    expect(() => compileFilterPolicy(policy)).toThrow(reason);
  });
});
