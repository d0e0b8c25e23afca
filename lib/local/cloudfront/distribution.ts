import type { PropertySpec } from '../service.ts';
import { UnsupportedError } from '../shared/properties.ts';
import { normalizedPath, type PathPattern, pathPattern } from './path-pattern.ts';
import { type AddedHeader, forwarded } from './policies.ts';
import type { ViewerFunction } from './viewer-function.ts';

/** Where a behaviour's requests go. */
type Origin = { readonly api: string } | { readonly bucket: string };

export interface Behavior {
  readonly matches: PathPattern;
  readonly methods: ReadonlySet<string>;
  readonly origin: Origin;
  readonly headers: readonly AddedHeader[];
  readonly viewerRequest?: ViewerFunction;
  /** ARN of a Lambda@Edge function. */
  readonly originRequest?: string;
}

const BEHAVIOR: PropertySpec = {
  PathPattern: true,
  TargetOriginId: true,
  AllowedMethods: true,
  CachePolicyId: true,
  OriginRequestPolicyId: true,
  ResponseHeadersPolicyId: true,
  FunctionAssociations: { EventType: true, FunctionARN: true },
  LambdaFunctionAssociations: { EventType: true, LambdaFunctionARN: true },
  CachedMethods: 'ignored',
  Compress: 'ignored',
  ViewerProtocolPolicy: 'ignored',
};

export const DISTRIBUTION_PROPERTIES: PropertySpec = {
  DistributionConfig: {
    Enabled: true,
    DefaultRootObject: true,
    DefaultCacheBehavior: BEHAVIOR,
    CacheBehaviors: BEHAVIOR,
    Origins: {
      Id: true,
      DomainName: true,
      OriginAccessControlId: true,
      S3OriginConfig: { OriginAccessIdentity: true },
      CustomOriginConfig: {
        OriginProtocolPolicy: true,
        OriginSSLProtocols: 'ignored',
        OriginReadTimeout: 'ignored',
        OriginKeepaliveTimeout: 'ignored',
      },
    },
    Comment: 'ignored',
    HttpVersion: 'ignored',
    IPV6Enabled: 'ignored',
    PriceClass: 'ignored',
  },
  Tags: 'ignored',
};

interface BehaviorConfig {
  readonly PathPattern?: string;
  readonly TargetOriginId: string;
  readonly AllowedMethods?: readonly string[];
  readonly CachePolicyId?: string;
  readonly OriginRequestPolicyId?: string;
  readonly ResponseHeadersPolicyId?: string;
  readonly FunctionAssociations?: readonly { EventType: string; FunctionARN: string }[];
  readonly LambdaFunctionAssociations?: readonly {
    EventType: string;
    LambdaFunctionARN: string;
  }[];
}

interface OriginConfig {
  readonly Id: string;
  readonly DomainName: string;
  readonly OriginAccessControlId?: string;
  readonly S3OriginConfig?: object;
}

export interface DistributionConfig {
  readonly Enabled: boolean;
  readonly DefaultRootObject?: string;
  readonly DefaultCacheBehavior: BehaviorConfig;
  readonly CacheBehaviors?: readonly BehaviorConfig[];
  readonly Origins: readonly OriginConfig[];
}

/** What behaviours refer to. */
interface Known {
  readonly functions: ReadonlyMap<string, ViewerFunction>;
  readonly headerPolicies: ReadonlyMap<string, readonly AddedHeader[]>;
  readonly accessControls: ReadonlySet<string>;
}

/** The behaviours of a distribution, in their order, the default one last. */
export class Distribution {
  readonly rootObject: string;
  private readonly behaviors: readonly Behavior[];
  private readonly fallback: Behavior;

  /** Throws `UnsupportedError` for what this machine cannot do. */
  constructor(config: DistributionConfig, known: Known) {
    if (!config.Enabled) throw new UnsupportedError('a distribution that is not enabled');
    const origins = new Map(config.Origins.map((one) => [one.Id, origin(one, known)]));
    this.rootObject = config.DefaultRootObject ?? '';
    this.behaviors = (config.CacheBehaviors ?? []).map((one) => behavior(one, origins, known));
    this.fallback = behavior(config.DefaultCacheBehavior, origins, known);
  }

  /** The first behaviour whose pattern means the path. */
  behaviorFor(rawPath: string): Behavior {
    const path = normalizedPath(rawPath);
    for (const one of this.behaviors) if (one.matches(path)) return one;
    return this.fallback;
  }

  /** The bucket behind the root address. */
  get rootBucket(): string | undefined {
    const { origin } = this.behaviorFor('/');
    return 'bucket' in origin ? origin.bucket : undefined;
  }
}

function origin(config: OriginConfig, { accessControls }: Known): Origin {
  const { Id, DomainName: domain, OriginAccessControlId: control } = config;
  if (config.S3OriginConfig) {
    const bucket = /^(.+)\.s3\.[^.]+\.amazonaws\.com$/.exec(domain)?.[1];
    if (bucket && control && accessControls.has(control)) return { bucket };
    throw new UnsupportedError(`origin ${Id}: a bucket without an origin access control`);
  }
  const api = /^([^.]+)\.execute-api\.[^.]+\.amazonaws\.com$/.exec(domain)?.[1];
  if (api) return { api };
  throw new UnsupportedError(`origin ${Id}: ${domain} is no API of the template`);
}

/** What CloudFront takes when a template says nothing. */
const DEFAULT_METHODS = ['GET', 'HEAD'];

function behavior(
  config: BehaviorConfig,
  origins: ReadonlyMap<string, Origin>,
  { functions, headerPolicies }: Known,
): Behavior {
  const { PathPattern: pattern = '*', ResponseHeadersPolicyId: policy } = config;
  const at = `behaviour ${pattern}`;
  const origin = origins.get(config.TargetOriginId);
  if (!origin) throw new UnsupportedError(`${at}: no origin ${config.TargetOriginId}`);
  const reached = forwarded(config.CachePolicyId, config.OriginRequestPolicyId);
  if ((reached === 'everything') !== 'api' in origin) {
    throw new UnsupportedError(`${at}: an API needs everything of a request, a bucket its path`);
  }
  const headers = policy === undefined ? [] : headerPolicies.get(policy);
  if (!headers) throw new UnsupportedError(`${at}: response headers policy ${policy}`);
  const [viewer, ...more] = config.FunctionAssociations ?? [];
  const [edge, ...others] = config.LambdaFunctionAssociations ?? [];
  const viewerRequest = viewer && functions.get(viewer.FunctionARN);
  const isKnown =
    (!viewer || (viewer.EventType === 'viewer-request' && viewerRequest)) &&
    (!edge || (edge.EventType === 'origin-request' && 'api' in origin));
  if (!isKnown || more.length + others.length > 0) {
    throw new UnsupportedError(`${at}: functions other than on viewer and API origin requests`);
  }
  return {
    matches: pathPattern(pattern),
    methods: new Set(config.AllowedMethods ?? DEFAULT_METHODS),
    origin,
    headers,
    ...(viewerRequest && { viewerRequest }),
    ...(edge && { originRequest: edge.LambdaFunctionARN }),
  };
}
