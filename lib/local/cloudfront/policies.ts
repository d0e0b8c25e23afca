import type { ServerResponse } from 'node:http';
import type { ResourceProvider } from '../service.ts';
import { UnsupportedError } from '../shared/properties.ts';

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
const CACHE_POLICIES: Readonly<Record<string, string>> = {
  '4135ea2d-6df8-44a3-9df3-4b5a84be39ad': 'CachingDisabled',
  '658327ea-f89d-4fab-a63d-7e88639e58f6': 'CachingOptimized',
};

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html */
const ORIGIN_REQUEST_POLICIES: Readonly<Record<string, string>> = {
  'b689b0a8-53d0-40ab-baf2-68738e2966ac': 'AllViewerExceptHostHeader',
};

/** What reaches an origin: everything of a request, or no more than its path. */
type Forwarded = 'everything' | 'path';

/** Throws for policies, or a pair of them, that nothing here is known of. */
export function forwarded(cachePolicyId: unknown, originRequestPolicyId: unknown): Forwarded {
  const cache = CACHE_POLICIES[String(cachePolicyId)];
  const request =
    originRequestPolicyId === undefined
      ? 'none'
      : ORIGIN_REQUEST_POLICIES[String(originRequestPolicyId)];
  if (cache === 'CachingDisabled' && request === 'AllViewerExceptHostHeader') return 'everything';
  if (cache === 'CachingOptimized' && request === 'none') return 'path';
  throw new UnsupportedError(
    `cache policy ${String(cachePolicyId)} with origin request policy ${String(originRequestPolicyId)}`,
  );
}

export interface AddedHeader {
  readonly name: string;
  readonly value: string;
  /** Whether it takes the place of the origin's. */
  readonly override: boolean;
}

interface SecurityHeaders {
  readonly ContentTypeOptions?: { readonly Override: boolean };
  readonly FrameOptions?: { readonly FrameOption: string; readonly Override: boolean };
}

/** `AWS::CloudFront::ResponseHeadersPolicy`, with the security headers that the template adds. */
export const responseHeadersProvider = (
  policies: Map<string, readonly AddedHeader[]>,
): ResourceProvider => ({
  type: 'AWS::CloudFront::ResponseHeadersPolicy',
  properties: {
    ResponseHeadersPolicyConfig: {
      Name: true,
      Comment: 'ignored',
      SecurityHeadersConfig: {
        ContentTypeOptions: { Override: true },
        FrameOptions: { FrameOption: true, Override: true },
      },
    },
  },
  create: (logicalId, properties) => {
    const { SecurityHeadersConfig: security = {} } = properties.ResponseHeadersPolicyConfig as {
      SecurityHeadersConfig?: SecurityHeaders;
    };
    const { ContentTypeOptions: type, FrameOptions: frame } = security;
    policies.set(logicalId, [
      ...(type
        ? [{ name: 'x-content-type-options', value: 'nosniff', override: type.Override }]
        : []),
      ...(frame
        ? [{ name: 'x-frame-options', value: frame.FrameOption, override: frame.Override }]
        : []),
    ]);
    return { ref: logicalId, attributes: { Id: logicalId } };
  },
});

/** Adds the headers of a policy to whatever the origin answers. */
export function addHeaders(response: ServerResponse, headers: readonly AddedHeader[]): void {
  const forced = headers.filter(({ override }) => override);
  for (const { name, value } of headers) response.setHeader(name, value);
  if (forced.length === 0) return;
  const writeHead = response.writeHead.bind(response) as (
    status: number,
    given?: Record<string, unknown>,
  ) => ServerResponse;
  response.writeHead = ((status: number, given: Record<string, unknown> = {}) => {
    const rest = Object.entries(given).filter(
      ([key]) => !forced.some(({ name }) => name === key.toLowerCase()),
    );
    return writeHead(status, Object.fromEntries(rest));
  }) as typeof response.writeHead;
}
