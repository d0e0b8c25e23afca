/** The example event of the documentation's page on event patterns. */
const INSTANCE_EVENT = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2017-12-22T18:43:48Z',
  region: 'us-west-1',
  resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'],
  detail: { 'instance-id': 'i-1234567890abcdef0', state: 'terminated' },
};

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
export const PATTERN_PAGE = 'eventbridge/latest/userguide/eb-create-pattern-operators.html';

/** Patterns, events that match and events that do not; the first of each from AWS's own pages. */
export const EVENT_PATTERNS: readonly (readonly [string, unknown, unknown[], unknown[]])[] = [
  [
    'plain values at several levels',
    {
      source: ['aws.ec2'],
      'detail-type': ['EC2 Instance State-change Notification'],
      detail: { state: ['terminated', 'stopped'] },
    },
    [INSTANCE_EVENT],
    [{ ...INSTANCE_EVENT, detail: { state: 'running' } }, { source: 'aws.ec2' }],
  ],
  [
    'an array in the event',
    { resources: ['a', 'b'] },
    [{ resources: ['x', 'b'] }, { resources: [['a']] }],
    [{ resources: ['x'] }, { resources: [] }, {}],
  ],
  [
    'null, booleans and empty texts',
    { a: [null], b: [true], c: [''] },
    [{ a: null, b: true, c: '' }],
    [
      { b: true, c: '' },
      { a: 'null', b: true, c: '' },
      { a: null, b: 'true', c: '' },
    ],
  ],
  [
    'prefix',
    { time: [{ prefix: '2017-10-02' }] },
    [{ time: '2017-10-02T18:43:48Z' }],
    [{ time: '2017-10-03' }, { time: 20171002 }],
  ],
  [
    'prefix, ignoring case',
    { detail: { service: [{ prefix: { 'equals-ignore-case': 'EventB' } }] } },
    [{ detail: { service: 'eventbridge' } }],
    [{ detail: { service: 'the eventbridge' } }],
  ],
  ['suffix', { FileName: [{ suffix: '.png' }] }, [{ FileName: 'a.png' }], [{ FileName: 'a.PNG' }]],
  [
    'suffix, ignoring case',
    { FileName: [{ suffix: { 'equals-ignore-case': '.png' } }] },
    [{ FileName: 'a.PNG' }],
    [{ FileName: 'png' }],
  ],
  [
    'anything-but a text',
    { detail: { state: [{ 'anything-but': 'initializing' }] } },
    [{ detail: { state: 'running' } }, { detail: { state: 5 } }],
    [{ detail: { state: 'initializing' } }, { detail: {} }],
  ],
  [
    'anything-but a list of numbers',
    { detail: { 'x-limit': [{ 'anything-but': [100, 200, 300] }] } },
    [{ detail: { 'x-limit': 101 } }],
    [{ detail: { 'x-limit': 200 } }],
  ],
  [
    'anything-but a prefix',
    { detail: { state: [{ 'anything-but': { prefix: 'init' } }] } },
    [{ detail: { state: 'running' } }],
    [{ detail: { state: 'initializing' } }],
  ],
  [
    'anything-but a list of suffixes',
    { FileName: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] },
    [{ FileName: 'a.png' }],
    [{ FileName: 'a.rtf' }],
  ],
  [
    'anything-but, ignoring case',
    {
      detail: {
        state: [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }],
      },
    },
    [{ detail: { state: 'started' } }],
    [{ detail: { state: 'STOPPED' } }],
  ],
  [
    'anything-but a wildcard',
    { detail: { FilePath: [{ 'anything-but': { wildcard: '*/lib/*' } }] } },
    [{ detail: { FilePath: '/src/a' } }],
    [{ detail: { FilePath: 'x/lib/a' } }],
  ],
  [
    'numeric ranges',
    {
      detail: {
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'd-count': [{ numeric: ['<', 10] }],
        'x-limit': [{ numeric: ['=', 3.018e2] }],
      },
    },
    [{ detail: { 'c-count': 5, 'd-count': 9.9, 'x-limit': 301.8 } }],
    [
      { detail: { 'c-count': 0, 'd-count': 9, 'x-limit': 301.8 } },
      { detail: { 'c-count': 5, 'd-count': 10, 'x-limit': 301.8 } },
      { detail: { 'c-count': '5', 'd-count': 9, 'x-limit': 301.8 } },
    ],
  ],
  [
    'IPv4 networks',
    { detail: { sourceIPAddress: [{ cidr: '10.0.0.0/24' }] } },
    [{ detail: { sourceIPAddress: '10.0.0.255' } }],
    [{ detail: { sourceIPAddress: '10.0.1.0' } }, { detail: { sourceIPAddress: 'ten' } }],
  ],
  [
    'IPv6 networks',
    { ip: [{ cidr: '2001:db8::/32' }] },
    [{ ip: '2001:db8:1::1' }],
    [{ ip: '2001:db9::1' }, { ip: '10.0.0.1' }],
  ],
  [
    'exists',
    { detail: { state: [{ exists: true }] } },
    [{ detail: { state: 'x' } }, { detail: { state: null } }],
    [{ detail: {} }, { detail: { state: { nested: 1 } } }, { detail: { state: [] } }],
  ],
  [
    'exists false',
    { detail: { 'c-count': [{ exists: false }] } },
    [{ detail: { state: 'x' } }, {}, { detail: { 'c-count': { nested: 1 } } }, { detail: [] }],
    [{ detail: { 'c-count': 3 } }],
  ],
  [
    'equals-ignore-case',
    { 'detail-type': [{ 'equals-ignore-case': 'ec2 instance state-change notification' }] },
    [INSTANCE_EVENT],
    [{ 'detail-type': 'EC2' }],
  ],
  [
    'wildcard',
    { EventBusArn: [{ wildcard: 'arn:aws:events:us-east-1:123456789012:event-bus/myapp*' }] },
    [{ EventBusArn: 'arn:aws:events:us-east-1:123456789012:event-bus/myapp-1' }],
    [{ EventBusArn: 'arn:aws:events:us-east-1:123456789012:event-bus/other' }],
  ],
  [
    'escapes in a wildcard',
    { path: [{ wildcard: 'a\\*b*\\\\(c.d)' }] },
    [{ path: 'a*b\\(c.d)' }, { path: 'a*bxx\\(c.d)' }],
    [{ path: 'aXb\\(c.d)' }, { path: 'a*b\\(cxd)' }],
  ],
  [
    '$or',
    {
      detail: {
        $or: [
          { 'c-count': [{ numeric: ['>', 0, '<=', 5] }] },
          { 'd-count': [{ numeric: ['<', 10] }] },
          { 'x-limit': [{ numeric: ['=', 3.018e2] }] },
        ],
      },
    },
    [{ detail: { 'c-count': 3 } }, { detail: { 'c-count': 9, 'd-count': 3 } }],
    [{ detail: { 'c-count': 9 } }, {}],
  ],
  [
    'one element of an array for all its rules',
    { employees: { firstName: ['Anna'], lastName: ['Jones'] } },
    [{ employees: [{ firstName: 'Jo' }, { firstName: 'Anna', lastName: 'Jones' }] }],
    [
      {
        employees: [
          { firstName: 'Anna', lastName: 'Smith' },
          { firstName: 'Bob', lastName: 'Jones' },
        ],
      },
    ],
  ],
  [
    'several alternatives',
    { detail: { state: [{ prefix: 'run' }, 'stopped', null] } },
    [{ detail: { state: 'running' } }, { detail: { state: null } }],
    [{ detail: { state: 'pending' } }],
  ],
];
