import { afterEach, describe, expect, it } from 'vitest';
import type { CloudFront, CloudFrontOptions } from '../../../../lib/local/cloudfront/index.ts';
import {
  apiBehavior,
  CREDENTIALS,
  config,
  create,
  createFront,
  fileBehavior,
  listen,
  ORIGINS,
} from './cloudfront-fixture.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function start(front: CloudFront): Promise<string> {
  const { url, close } = await listen(
    () => front,
    ({ url: path, headers }, response) =>
      response.end(JSON.stringify({ path, authorization: headers.authorization })),
  );
  closing.push(close);
  return url;
}

const distribution = (front: CloudFront, more: object = {}) =>
  create(front, 'Distribution', 'Front', { DistributionConfig: config(more) });

/** A bucket that says which request reached it. */
const bucket: Partial<CloudFrontOptions> = {
  s3: {
    handle: async ({ url, headers }, response) =>
      void response.end(JSON.stringify({ url, headers })),
  },
};

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html */
describe('behaviours', () => {
  it('send requests to the bucket or the API, by path', async () => {
    const front = createFront(bucket);
    distribution(front);
    const url = await start(front);
    const asked = async (path: string) => (await (await fetch(url + path)).json()) as object;
    expect(await asked('/')).toMatchObject({ url: '/b/index.html' });
    expect(await asked('/static-files/a.js?x=1')).toMatchObject({ url: '/b/static-files/a.js' });
    expect(await asked('/api/2.0/x?y=1')).toEqual({ path: '/api/2.0/x?y=1' });
    expect(await asked('/index.html')).toEqual({ path: '/index.html' });
  });

  it('keep what a viewer says of himself from the bucket', async () => {
    const front = createFront(bucket);
    distribution(front);
    const headers = { authorization: 'Bearer x', cookie: 'a=b', 'x-amz-acl': 'public-read' };
    const answer = await fetch(`${await start(front)}/static-files/a`, { headers });
    const reached = ((await answer.json()) as { headers: Record<string, string> }).headers;
    expect(reached).not.toHaveProperty('cookie');
    expect(reached).not.toHaveProperty('x-amz-acl');
    expect(reached.authorization).toMatch(/^AWS4-HMAC-SHA256/);
  });

  it('refuse methods that they do not allow', async () => {
    const front = createFront();
    distribution(front);
    const url = await start(front);
    expect((await fetch(url, { method: 'POST' })).status).toBe(403);
    expect((await fetch(`${url}/api/x`, { method: 'POST' })).status).toBe(200);
  });

  it('leave everything to the API where the template has no distribution', async () => {
    const url = await start(createFront());
    expect(await (await fetch(url)).json()).toEqual({ path: '/' });
  });

  it('lead past themselves below the path of the API', async () => {
    const front = createFront();
    distribution(front);
    expect(await (await fetch(`${await start(front)}/__api/x?y=1`)).json()).toEqual({
      path: '/x?y=1',
    });
  });
});

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html */
describe('headers of a policy', () => {
  it('are added to the answer, in place of the origin’s if it says so', async () => {
    const front = createFront({
      s3: {
        handle: async (_request, response) =>
          void response.writeHead(200, { 'X-Frame-Options': 'DENY', a: 'b' }).end(),
      },
    });
    create(front, 'ResponseHeadersPolicy', 'Headers', {
      ResponseHeadersPolicyConfig: {
        Name: 'x',
        SecurityHeadersConfig: {
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'SAMEORIGIN', Override: true },
        },
      },
    });
    const page = fileBehavior({ ResponseHeadersPolicyId: 'Headers' });
    distribution(front, { DefaultCacheBehavior: page });
    const { headers } = await fetch(await start(front));
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('a')).toBe('b');
  });
});

it('headers of a policy are added to answers of the API', async () => {
  const front = createFront();
  create(front, 'ResponseHeadersPolicy', 'Headers', {
    ResponseHeadersPolicyConfig: {
      Name: 'x',
      SecurityHeadersConfig: { ContentTypeOptions: { Override: true } },
    },
  });
  const api = apiBehavior({ PathPattern: '/?*', ResponseHeadersPolicyId: 'Headers' });
  distribution(front, { CacheBehaviors: [api] });
  const { headers } = await fetch(`${await start(front)}/api/x`);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

describe('credentials of a browser', () => {
  const cookie = 'other=1; mlflow-request-header-Authorization=Bearer%20slw_1';
  const asked = { authorization: 'Bearer slw_1' };

  async function guarded(auth: 'none' | 'token' = 'token'): Promise<string> {
    const front = createFront({ auth });
    const frames = { FrameOptions: { FrameOption: 'SAMEORIGIN', Override: true } };
    create(front, 'ResponseHeadersPolicy', 'Headers', {
      ResponseHeadersPolicyConfig: { Name: 'x', SecurityHeadersConfig: frames },
    });
    distribution(front, {
      DefaultCacheBehavior: fileBehavior({ ...CREDENTIALS, ResponseHeadersPolicyId: 'Headers' }),
      CacheBehaviors: [
        apiBehavior({ PathPattern: '/get-artifact', ...CREDENTIALS }),
        apiBehavior({ PathPattern: '/?*' }),
      ],
    });
    return start(front);
  }

  it('are asked for where the page is opened', async () => {
    const url = await guarded();
    const refused = await fetch(url);
    expect(refused.status).toBe(401);
    expect([...refused.headers.keys()].sort()).toEqual([
      'connection',
      'content-length',
      'date',
      'keep-alive',
      'www-authenticate',
      'x-frame-options',
    ]);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(await (await fetch(url, { headers: { authorization: 'Basic x' } })).text()).toBe(
      'bucket',
    );
    expect(await (await fetch(url, { headers: { cookie } })).text()).toBe('bucket');
    expect(await (await fetch(await guarded('none'))).text()).toBe('bucket');
  });

  it('come from the cookie where a page cannot set the header', async () => {
    const picture = `${await guarded()}/get-artifact`;
    expect(await (await fetch(picture, { headers: { cookie } })).json()).toMatchObject(asked);
    const both = { cookie, authorization: 'Bearer own' };
    expect(await (await fetch(picture, { headers: both })).json()).toMatchObject({
      authorization: 'Bearer own',
    });
  });

  it('do not come from the cookie where a request changes something, or elsewhere', async () => {
    const url = await guarded();
    const post = await fetch(`${url}/get-artifact`, { method: 'POST', headers: { cookie } });
    expect(await post.json()).toEqual({ path: '/get-artifact' });
    const client = await fetch(`${url}/api/2.0/x`, { headers: { cookie } });
    expect(await client.json()).toEqual({ path: '/api/2.0/x' });
  });

  it('pass on as they are when the cookie is malformed', async () => {
    const headers = { cookie: 'mlflow-request-header-Authorization=%zz' };
    const answer = await fetch(`${await guarded()}/get-artifact`, { headers });
    expect(await answer.json()).toMatchObject({ authorization: '%zz' });
  });
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudfront-distribution.html */
describe('what this machine cannot do', () => {
  const refused = (more: object) => () => distribution(createFront(), more);
  const page = (more: object) => ({ DefaultCacheBehavior: { ...fileBehavior(), ...more } });

  it.each([
    ['a cache policy', page({ CachePolicyId: 'other' }), /cache policy other/],
    ['an API that is cached', page({ TargetOriginId: 'api' }), /everything of a request/],
    ['an unknown origin', page({ TargetOriginId: 'x' }), /no origin x/],
    ['an unknown headers policy', page({ ResponseHeadersPolicyId: 'x' }), /headers policy x/],
    [
      'an event',
      page({ FunctionAssociations: [{ EventType: 'viewer-response', FunctionARN: 'x' }] }),
      /functions other than/,
    ],
    [
      'a foreign origin',
      { Origins: [...ORIGINS, { Id: 'x', DomainName: 'example.com', CustomOriginConfig: {} }] },
      /example\.com is no API/,
    ],
    [
      'an open bucket',
      { Origins: [{ ...ORIGINS[0], OriginAccessControlId: undefined }, ORIGINS[1]] },
      /without an origin access control/,
    ],
  ])('is refused: %s', (_what, more, message) => {
    expect(refused(more)).toThrow(message);
  });

  it('is refused: a second distribution, a module, an older runtime', () => {
    const front = createFront();
    distribution(front);
    expect(() => distribution(front)).toThrow(/second distribution/);
    const code = (FunctionCode: string, Runtime = 'cloudfront-js-2.0') =>
      create(front, 'Function', 'F', {
        AutoPublish: true,
        FunctionCode,
        FunctionConfig: { Runtime },
      });
    expect(() => code("import cf from 'cloudfront'; function handler() {}")).toThrow(/^F: /);
    expect(() => code('function handler() {}', 'cloudfront-js-1.0')).toThrow(/cloudfront-js-1\.0/);
  });
});
