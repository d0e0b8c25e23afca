import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { fresh, type KnownAnswer } from '../case.ts';

const PAGES = 'AWSCloudFormation/latest/TemplateReference';

/** `${name}`, as `Fn::Sub` takes it. */
const placeholder = (name: string) => `\${${name}}`;

const queue = (properties: object = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName: fresh('intake'), ...properties },
});

/** What a template's outputs come to; beside them it makes a queue, for no stack is without a resource. */
const outputs = (
  name: string,
  page: string,
  values: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, string>>,
  more: {
    readonly template?: object;
    readonly parameters?: Readonly<Record<string, string>>;
  } = {},
): KnownAnswer => ({
  service: 'template',
  name,
  page: `${PAGES}/${page}.html`,
  expected,
  run: ({ intake }) => {
    const Outputs = Object.fromEntries(
      Object.entries(values).map(([key, Value]) => [key, { Value }]),
    );
    return intake({ Resources: { Any: queue() }, ...more.template, Outputs }, more.parameters);
  },
});

const refused = (name: string, page: string, template: object): KnownAnswer => ({
  service: 'template',
  name: `refuses ${name}`,
  page: `${PAGES}/${page}.html`,
  expected: 'refused',
  run: ({ intake }) => intake(template),
});

const STAGE = { Parameters: { Stage: { Type: 'String', Default: 'dev' } } };
const IS_PROD = { Conditions: { IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] } } };
const CHOSEN = { Size: { 'Fn::If': ['IsProd', 'large', 'small'] } };

export const templateCases: readonly KnownAnswer[] = [
  outputs(
    'Fn::Join puts the delimiter between the values',
    'intrinsic-function-reference-join',
    { Joined: { 'Fn::Join': [':', ['a', 'b', 'c']] }, None: { 'Fn::Join': ['', ['a', 'b']] } },
    { Joined: 'a:b:c', None: 'ab' },
  ),
  outputs(
    'Fn::Sub knows variables, pseudo parameters and literals',
    'intrinsic-function-reference-sub',
    {
      Mapped: { 'Fn::Sub': [`www.${placeholder('Domain')}`, { Domain: 'example.com' }] },
      Region: { 'Fn::Sub': `in ${placeholder('AWS::Region')}` },
      Literal: { 'Fn::Sub': placeholder('!Literal') },
    },
    { Mapped: 'www.example.com', Region: 'in us-east-1', Literal: placeholder('Literal') },
  ),
  outputs(
    'Fn::Select takes from a list by an index that counts from zero',
    'intrinsic-function-reference-select',
    { Second: { 'Fn::Select': ['1', ['apples', 'grapes', 'oranges', 'mangoes']] } },
    { Second: 'grapes' },
  ),
  outputs(
    'Fn::Split and Fn::Select give a part of a text',
    'intrinsic-function-reference-split',
    { Third: { 'Fn::Select': [2, { 'Fn::Split': ['|', 'a|b|c'] }] } },
    { Third: 'c' },
  ),
  outputs(
    'Ref is a parameter’s default where nobody gave another',
    'parameters-section-structure',
    { Stage: { Ref: 'Stage' } },
    { Stage: 'dev' },
    { template: STAGE },
  ),
  outputs(
    'Ref is the value that a parameter was given',
    'parameters-section-structure',
    { Stage: { Ref: 'Stage' } },
    { Stage: 'prod' },
    { template: STAGE, parameters: { Stage: 'prod' } },
  ),
  outputs(
    'Fn::If takes the second value where the condition is false',
    'intrinsic-function-reference-conditions',
    CHOSEN,
    { Size: 'small' },
    { template: { ...STAGE, ...IS_PROD } },
  ),
  outputs(
    'Fn::If takes the first value where the condition is true',
    'intrinsic-function-reference-conditions',
    CHOSEN,
    { Size: 'large' },
    { template: { ...STAGE, ...IS_PROD }, parameters: { Stage: 'prod' } },
  ),
  ...[
    ['a resource of an unknown type', { A: { Type: 'AWS::No::Such', Properties: {} } }],
    ['a reference to nothing', { A: queue({ QueueName: { Ref: 'Missing' } }) }],
    ['an attribute that the resource lacks', { A: queue(), B: queue(attribute('A', 'Colour')) }],
    ['a circle of references', { A: queue(attribute('B')), B: queue(attribute('A')) }],
    ['a condition that is not there', { A: { ...queue(), Condition: 'Missing' } }],
  ].map(([name, Resources]) =>
    refused(String(name), 'resources-section-structure', { Resources: Resources as object }),
  ),
  {
    service: 'template',
    name: 'a resource is made after what it refers to, wherever that stands',
    page: `${PAGES}/intrinsic-function-reference-getatt.html`,
    expected: { Name: 'first-second' },
    run: ({ intake }) => {
      const QueueName = fresh('intake');
      const later = { 'Fn::Join': ['-', [{ 'Fn::GetAtt': ['B', 'QueueName'] }, 'second']] };
      const Name = { 'Fn::GetAtt': ['A', 'QueueName'] };
      return intake({
        Resources: { A: queue({ QueueName: later }), B: queue({ QueueName }) },
        Outputs: { Name: { Value: Name } },
      }).then((found) =>
        found === 'refused' ? found : { Name: found.Name?.replace(QueueName, 'first') },
      );
    },
  },
  {
    service: 'template',
    name: 'an output whose condition is false is left out',
    page: 'AWSCloudFormation/latest/UserGuide/outputs-section-structure.html',
    expected: { Always: 'a' },
    run: ({ intake }) =>
      intake({
        ...STAGE,
        ...IS_PROD,
        Resources: { Any: queue() },
        Outputs: { Always: { Value: 'a' }, Prod: { Value: 'b', Condition: 'IsProd' } },
      }),
  },
  {
    service: 'template',
    name: 'a resource whose condition is false is not made',
    page: `${PAGES}/conditions-section-structure.html`,
    expected: { Made: 1 },
    run: async ({ intake, sqs }) => {
      const prefix = fresh('conditional');
      const named = (name: string) => queue({ QueueName: `${prefix}-${name}` });
      await intake({
        ...STAGE,
        ...IS_PROD,
        Resources: { A: named('always'), B: { ...named('prod'), Condition: 'IsProd' } },
      });
      const request = new ListQueuesCommand({ QueueNamePrefix: prefix });
      return { Made: (await sqs.send(request)).QueueUrls?.length };
    },
  },
];

function attribute(id: string, name = 'QueueName') {
  return { QueueName: { 'Fn::GetAtt': [id, name] } };
}
