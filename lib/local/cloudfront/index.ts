import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsService, LambdaInvoker, ResourceProvider } from '../service.ts';
import { innerRequest } from '../shared/inner-request.ts';
import { UnsupportedError } from '../shared/properties.ts';
import {
  type Behavior,
  DISTRIBUTION_PROPERTIES,
  Distribution,
  type DistributionConfig,
} from './distribution.ts';
import { originRequest } from './origin-request.ts';
import { type AddedHeader, addHeaders, responseHeadersProvider } from './policies.ts';
import { type ViewerFunction, viewerFunctionProvider } from './viewer-function.ts';

/** Below it the public port is the API itself, as the API's own address is on AWS. */
const API_PATH = '/__api';

export interface CloudFrontOptions {
  readonly lambda: LambdaInvoker;
  readonly s3: Pick<AwsService, 'handle'>;
  /** `none`: what asks for credentials is left out. */
  readonly auth: 'none' | 'token';
  /** Address of the public port. */
  readonly endpoint: string;
  /** Address of the store. */
  readonly store: string;
}

export interface CloudFront {
  readonly providers: readonly ResourceProvider[];
  /** Sees each request before the API does; true when the distribution answered without it. */
  readonly answers: (
    request: IncomingMessage,
    response: ServerResponse,
  ) => boolean | Promise<boolean>;
  /** The bucket whose files are behind the root address; none without a distribution. */
  readonly rootBucket: () => string | undefined;
}

/** The distribution of the template, if it has one; without, all requests are the API's. */
export function createCloudFront(options: CloudFrontOptions): CloudFront {
  const functions = new Map<string, ViewerFunction>();
  const headerPolicies = new Map<string, readonly AddedHeader[]>();
  const accessControls = new Set<string>();
  const edge = { ...options, api: new URL(API_PATH, options.endpoint) };
  let distribution: Distribution | undefined;

  const distributions: ResourceProvider = {
    type: 'AWS::CloudFront::Distribution',
    properties: DISTRIBUTION_PROPERTIES,
    create: (logicalId, properties) => {
      if (distribution) throw new UnsupportedError(`${logicalId}: a second distribution`);
      distribution = new Distribution(properties.DistributionConfig as DistributionConfig, {
        functions,
        headerPolicies,
        accessControls,
      });
      return { ref: logicalId, attributes: { Id: logicalId, DomainName: edge.api.host } };
    },
  };

  const answer = async (
    { viewerRequest, originRequest: edgeFunction, origin, headers }: Behavior,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> => {
    addHeaders(response, headers);
    if (options.auth === 'token' && viewerRequest?.answers(request, response)) return true;
    if ('bucket' in origin) {
      const path = pathOf(request.url ?? '/');
      const key = path === '/' ? `/${distribution?.rootObject}` : path;
      await options.s3.handle(bucketRequest(request, `/${origin.bucket}${key}`), response);
      return true;
    }
    return edgeFunction !== undefined && originRequest(edgeFunction, request, response, edge);
  };

  return {
    providers: [
      distributions,
      originAccessControlProvider(accessControls),
      viewerFunctionProvider(functions),
      responseHeadersProvider(headerPolicies),
    ],
    answers: (request, response) => {
      const { url = '/', method = 'GET' } = request;
      if (!distribution) return false;
      if (url.startsWith(`${API_PATH}/`)) {
        request.url = url.slice(API_PATH.length);
        return false;
      }
      const behavior = distribution.behaviorFor(pathOf(url));
      if (!behavior.methods.has(method)) return refuseMethod(response);
      // Nearly all requests are the API's and go on from here.
      const asksNobody = options.auth === 'none' || !behavior.viewerRequest;
      if ('api' in behavior.origin && asksNobody && !behavior.originRequest) {
        addHeaders(response, behavior.headers);
        return false;
      }
      return answer(behavior, request, response);
    },
    rootBucket: () => distribution?.rootBucket,
  };
}

const pathOf = (url: string): string => {
  const at = url.indexOf('?');
  return at < 0 ? url : url.slice(0, at);
};

/** Headers of a viewer that reach a bucket. */
const TO_BUCKET = ['range', 'if-none-match', 'if-match', 'if-modified-since', 'host'];

const bucketRequest = (request: IncomingMessage, url: string): IncomingMessage =>
  innerRequest(request, {
    url,
    kept: TO_BUCKET,
    // As an origin access control signs it.
    headers: { authorization: 'AWS4-HMAC-SHA256 cloudfront' },
  });

function refuseMethod(response: ServerResponse): true {
  response.writeHead(403, { 'content-type': 'text/plain' });
  response.end('This distribution does not allow the method for this address');
  return true;
}

const originAccessControlProvider = (known: Set<string>): ResourceProvider => ({
  type: 'AWS::CloudFront::OriginAccessControl',
  properties: {
    OriginAccessControlConfig: {
      Name: true,
      OriginAccessControlOriginType: true,
      SigningBehavior: true,
      SigningProtocol: true,
      Description: 'ignored',
    },
  },
  create: (logicalId, properties) => {
    const { OriginAccessControlOriginType: type, SigningBehavior: behavior } =
      properties.OriginAccessControlConfig as Record<string, unknown>;
    if (type !== 's3' || behavior !== 'always') {
      throw new UnsupportedError(`${logicalId}: access to ${String(type)}, ${String(behavior)}`);
    }
    known.add(logicalId);
    return { ref: logicalId, attributes: { Id: logicalId } };
  },
});
