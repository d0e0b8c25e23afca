import { describe, expect, it } from 'vitest';
import { compileRule } from '../../../../lib/local/eventbridge/rule.ts';
import { ApiModel, apiProviders } from '../../../../lib/local/gateway/resources.ts';
import { asyncPolicy } from '../../../../lib/local/lambda/async-policy.ts';
import { functionConfig } from '../../../../lib/local/lambda/function-config.ts';
import { createS3 } from '../../../../lib/local/s3/index.ts';
import { createResources } from '../../../../lib/local/template/create-resources.ts';
import { resourceContext, temporaryFolder } from '../support/aws-server.ts';

const refused = (work: () => unknown) => expect(work).toThrow(/^Id: /);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
describe('a function', () => {
  const context = { ...resourceContext, imageFolder: () => import.meta.dirname };
  const configOf = (more: object) => {
    const image = { PackageType: 'Image', Code: { ImageUri: 'image' } };
    return functionConfig('Id', { ...image, ...more }, context);
  };

  it.each([
    [{ Timeout: 0 }],
    [{ Timeout: 901 }],
    [{ Timeout: 1.5 }],
    [{ Timeout: 'soon' }],
    [{ MemorySize: 127 }],
    [{ MemorySize: 10_241 }],
    [{ ReservedConcurrentExecutions: -1 }],
    [{ FunctionName: 'a b' }],
    [{ FunctionName: 'x'.repeat(65) }],
  ])('is refused with %j', (properties) => {
    const [name = ''] = Object.keys(properties);
    expect(() => configOf(properties)).toThrow(new RegExp(`^Id: ${name}: `));
  });
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
describe('what becomes of asynchronous events', () => {
  it.each([
    [{ MaximumRetryAttempts: 3 }],
    [{ MaximumRetryAttempts: -1 }],
    [{ MaximumEventAgeInSeconds: 59 }],
    [{ MaximumEventAgeInSeconds: 21_601 }],
  ])('is refused with %j', (properties) => refused(() => asyncPolicy('Id', properties)));

  it('may be at the ends of the ranges', () => {
    const policy = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 21_600 };
    expect(asyncPolicy('Id', policy)).toEqual({ retries: 0, maxAgeMs: 21_600_000 });
  });
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html */
describe('a route', () => {
  const create = (...keys: string[]) => {
    const providers = apiProviders(new ApiModel(), '');
    const route = providers.find(({ type }) => type.endsWith('::Route'))!;
    for (const RouteKey of keys) {
      route.create('Id', { RouteKey, Target: 'integrations/x' }, resourceContext);
    }
  };

  it.each([
    ['/pets'],
    ['FETCH /pets'],
    ['get /pets'],
    ['GET pets'],
    ['GET  /pets'],
    ['GET /pets/{id'],
    ['GET /pets/a{id}'],
    ['GET /{rest+}/pets'],
    ['$other'],
  ])('is refused with the key %s', (key) => refused(() => create(key)));

  it('is refused when there is one of its key', () => refused(() => create('GET /a', 'GET /a')));

  it('has a method and a path, or is the default', () => {
    create(
      '$default',
      'ANY /',
      'GET /pets',
      'POST /pets',
      'GET /pets/{id}/a.b~c:d',
      'ANY /{rest+}',
    );
  });
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
describe('an authorizer', () => {
  const create = (more: object) => {
    const providers = apiProviders(new ApiModel(), '');
    const properties = {
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      AuthorizerUri: 'f',
      ...more,
    };
    const found = providers.find(({ type }) => type.endsWith('::Authorizer'))!;
    found.create('Id', properties, resourceContext);
  };

  it('keeps answers only where identities tell callers apart', () => {
    expect(() => create({ AuthorizerResultTtlInSeconds: 10 })).toThrow(/without an IdentitySource/);
    expect(() => create({ AuthorizerResultTtlInSeconds: 10, IdentitySource: [] })).toThrow(
      /without/,
    );
    create({ AuthorizerResultTtlInSeconds: 0 });
    create({ AuthorizerResultTtlInSeconds: 3600, IdentitySource: ['$request.header.A'] });
  });

  it.each([-1, 3601, 0.5])(
    'is refused with a TTL of %d seconds',
    (AuthorizerResultTtlInSeconds) => {
      const IdentitySource = ['$request.header.A'];
      refused(() => create({ AuthorizerResultTtlInSeconds, IdentitySource }));
    },
  );
});

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html */
describe('the targets of a rule', () => {
  const create = (...ids: string[]) => {
    const Targets = ids.map((Id) => ({ Id, Arn: 'arn:aws:sqs:us-east-1:000000000000:q' }));
    return compileRule('Id', { EventPattern: { source: ['s'] }, Targets });
  };

  it.each([[['one', 'two', 'one']], [['a b']], [['']], [['x'.repeat(65)]]])(
    'are refused with the ids %j',
    (ids) => refused(() => create(...ids)),
  );
});

describe('a bucket', () => {
  const create = (properties: object) => {
    const s3 = createS3({ dataDir: temporaryFolder(), notify: () => {} });
    return s3.providers[0]!.create('Id', { ...properties }, resourceContext);
  };

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
  it.each([
    ['ab'],
    ['x'.repeat(64)],
    ['Upper'],
    ['under_score'],
    ['-begin'],
    ['end-'],
    ['two..dots'],
    ['192.168.5.4'],
    ['xn--name'],
    ['sthree-name'],
    ['name-s3alias'],
    ['name--ol-s3'],
  ])('is refused with the name %s', (BucketName) => {
    refused(() => create({ BucketName }));
  });

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html */
  it.each([
    [{ Status: 'enabled', ExpirationInDays: 1 }],
    [{ ExpirationInDays: 1 }],
    [{ Status: 'Enabled', ExpirationInDays: 0 }],
    [{ Status: 'Enabled', ExpirationInDays: 0.5 }],
    [{ Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 0 } }],
    [{ Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 0 } }],
    [{ Status: 'Enabled', NoncurrentVersionExpiration: {} }],
    [{ Status: 'Enabled' }],
  ])('is refused with the lifecycle rule %j', (rule) => {
    refused(() => create({ LifecycleConfiguration: { Rules: [rule] } }));
  });
});

describe('a template', () => {
  const outputs = async (template: object, parameters: Readonly<Record<string, string>> = {}) => {
    const whole = { Resources: {}, ...template };
    const created = createResources(whole as never, new Map(), resourceContext, parameters);
    return (await created).outputs;
  };

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-select.html */
  it.each([3, -1, '1.5', 'first'])('is refused that selects item %j of three', async (index) => {
    const Outputs = { Chosen: { Value: { 'Fn::Select': [index, ['a', 'b', 'c']] } } };
    await expect(outputs({ Outputs })).rejects.toThrow(`Fn::Select: no item ${index} among 3`);
  });

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html */
  it.each<[object, string | undefined, RegExp]>([
    [{ AllowedValues: ['a', 'b'], Default: 'a' }, 'c', /^Parameter P: 'c' is none of a, b$/],
    [{ AllowedValues: ['a', 'b'], Default: 'c' }, undefined, /^Parameter P: 'c' is none of a, b$/],
    [{ AllowedPattern: '[a-z]+' }, 'abc1', /^Parameter P: 'abc1' does not match \[a-z\]\+$/],
    [{ AllowedPattern: '[a-z]+', NoEcho: true }, 'abc1', /^Parameter P: the secret value does not/],
    [{ MinLength: 2 }, 'a', /^Parameter P: 'a' is not within 2 to any$/],
    [{ MaxLength: '2' }, 'abc', /^Parameter P: 'abc' is not within any to 2$/],
    [{ Type: 'Number' }, 'one', /^Parameter P: 'one' is no number$/],
    [{ Type: 'Number', MinValue: 1, MaxValue: 5 }, '6', /^Parameter P: '6' is not within 1 to 5$/],
    [{ Type: 'List<Number>' }, '1', /^Parameter P: type List<Number> is not supported locally$/],
    [{}, undefined, /^Parameter P: it has no value$/],
  ])('is refused with the parameter %j as %j', async (parameter, value, message) => {
    const template = { Parameters: { P: { Type: 'String', ...parameter } } };
    const given = value === undefined ? {} : { P: value };
    await expect(outputs(template, given)).rejects.toThrow(message);
  });

  it('takes what its parameters allow', async () => {
    const Parameters = {
      Word: { Type: 'String', AllowedPattern: '^[a-z]+$', AllowedValues: ['a', 'b'], MaxLength: 1 },
      Size: { Type: 'Number', Default: 3, MinValue: 3 },
    };
    const Outputs = { Both: { Value: { 'Fn::Join': ['', [{ Ref: 'Word' }, { Ref: 'Size' }]] } } };
    expect(await outputs({ Parameters, Outputs }, { Word: 'b' })).toEqual({ Both: 'b3' });
  });
});
