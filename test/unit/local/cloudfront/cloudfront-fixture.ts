import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../../../../lib/build/paths.ts';
import {
  type CloudFront,
  type CloudFrontOptions,
  createCloudFront,
} from '../../../../lib/local/cloudfront/index.ts';

const CONTEXT = { region: 'us-east-1', accountId: '000000000000', assetPath: () => '' };

const API_POLICIES = {
  CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
};
const FILE_POLICIES = { CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6' };
const ALL_METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];

export const ORIGINS = [
  {
    Id: 'files',
    DomainName: 'b.s3.us-east-1.amazonaws.com',
    OriginAccessControlId: 'Access',
    S3OriginConfig: { OriginAccessIdentity: '' },
  },
  {
    Id: 'api',
    DomainName: 'api.execute-api.us-east-1.amazonaws.com',
    CustomOriginConfig: { OriginProtocolPolicy: 'https-only' },
  },
];

export const fileBehavior = (more: object = {}) => ({
  TargetOriginId: 'files',
  ...FILE_POLICIES,
  ...more,
});

export const apiBehavior = (more: object = {}) => ({
  TargetOriginId: 'api',
  AllowedMethods: ALL_METHODS,
  ...API_POLICIES,
  ...more,
});

/** Behaviours as the template has them: the page is what no pattern means. */
export const config = (more: object = {}) => ({
  Enabled: true,
  DefaultRootObject: 'index.html',
  Origins: ORIGINS,
  DefaultCacheBehavior: fileBehavior(),
  CacheBehaviors: [
    fileBehavior({ PathPattern: '/static-files/*' }),
    apiBehavior({ PathPattern: '/?*' }),
  ],
  ...more,
});

export const create = (front: CloudFront, type: string, id: string, properties: object) =>
  front.providers
    .find((one) => one.type === `AWS::CloudFront::${type}`)!
    .create(id, properties as Record<string, unknown>, CONTEXT);

/** A distribution with what behaviours refer to: an access control and the template's function. */
export function createFront(options: Partial<CloudFrontOptions> = {}): CloudFront {
  const front = createCloudFront({
    lambda: { invoke: async () => ({ payload: 'null' }), invokeAsync: async () => {} },
    s3: { handle: async (_request, response) => void response.end('bucket') },
    auth: 'token',
    endpoint: 'http://127.0.0.1:1',
    store: 'http://127.0.0.1:2',
    ...options,
  });
  create(front, 'OriginAccessControl', 'Access', {
    OriginAccessControlConfig: {
      Name: 'a',
      OriginAccessControlOriginType: 's3',
      SigningBehavior: 'always',
      SigningProtocol: 'sigv4',
    },
  });
  create(front, 'Function', 'Credentials', {
    Name: 'Credentials',
    AutoPublish: true,
    FunctionConfig: { Runtime: 'cloudfront-js-2.0' },
    FunctionCode: readFileSync(join(ROOT, 'lib/front/browser-credentials.js'), 'utf8'),
  });
  return front;
}

export const CREDENTIALS = {
  FunctionAssociations: [
    {
      EventType: 'viewer-request',
      FunctionARN: 'arn:aws:cloudfront:us-east-1:000000000000:function/Credentials',
    },
  ],
};

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A port where the distribution comes first and `api` takes the rest; `front` may come later. */
export async function listen(front: () => CloudFront, api: Listener) {
  const server = createServer((request, response) => {
    void Promise.resolve(front().answers(request, response)).then((answered) => {
      if (!answered) void api(request, response);
      else if (!request.readableEnded) request.resume();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
