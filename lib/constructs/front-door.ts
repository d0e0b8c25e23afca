import { join } from 'node:path';
import {
  Aws,
  CfnCondition,
  type CfnElement,
  type CfnResource,
  Duration,
  Fn,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import {
  AccessLevel,
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  type CfnDistribution,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HttpVersion,
  OriginRequestPolicy,
  OriginSslPolicy,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CompositePrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { DIST, ROOT } from '../build/paths.ts';
import { FILES, PAGE } from '../front/web-files.ts';
import type { SlipwayApi } from './http-api.ts';

/** CloudFront waits so long for the API, which itself gives up after 30 seconds. */
const API_TIMEOUT = Duration.seconds(60);

/** Rules of cdk-nag that do not hold here, each with its reason. */
const NOT_HERE = [
  {
    id: 'AwsSolutions::AwsSolutions-CFR1',
    reason: 'Who may come is decided by tokens, not by countries.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-CFR2',
    reason: 'A firewall has a monthly price however idle it is; the API limits rates by itself.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-CFR3',
    reason: 'The API logs every request that reaches it; the other files are public.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-CFR4',
    reason: 'The address is CloudFront’s own, whose certificate settles the versions of TLS.',
  },
];

const ARTIFACTS = '2.0/mlflow-artifacts/artifacts/*';

/**
 * One origin for browsers and clients: the web interface out of a bucket of its own, everything else from
 * the API, uncached. The only pattern that means just `/` is the default one, so everything longer
 * (`/?*`) is the API's and what is left is the page.
 */
export class FrontDoor extends Construct {
  readonly bucket: Bucket;
  readonly url: string;

  constructor(scope: Construct, environment: string, api: SlipwayApi) {
    super(scope, 'front');
    this.bucket = new Bucket(this, 'ui', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const browser = this.askBrowsers();
    const headers = this.responseHeaders(environment);
    const file = this.fileBehavior(headers);
    const behaviors = behaviorsOf(requestBehavior(api, headers), file, browser);
    const distribution = new Distribution(this, 'distribution', {
      comment: `slipway-${environment}`,
      defaultRootObject: PAGE,
      defaultBehavior: { ...file, ...browser },
      additionalBehaviors: { ...behaviors },
      httpVersion: HttpVersion.HTTP2_AND_3,
    });
    for (const rule of NOT_HERE) Validations.of(distribution).acknowledge(rule);
    this.url = `https://${distribution.distributionDomainName}`;
    const withDoor = Object.keys(behaviors).flatMap((path, i) =>
      path.endsWith(ARTIFACTS) ? [i] : [],
    );
    this.addUploadDoor(distribution.node.defaultChild as CfnDistribution, withDoor);
  }

  /** What behaviors for browsers have in addition: the function that asks them for credentials. */
  private askBrowsers(): Pick<BehaviorOptions, 'functionAssociations'> {
    const credentials = new EdgeFunction(this, 'browser-credentials', {
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromFile({
        filePath: join(ROOT, 'lib/front/browser-credentials.js'),
      }),
      comment: 'Asks browsers for credentials, and takes them from the cookie of a page.',
    });
    return {
      functionAssociations: [
        { function: credentials, eventType: FunctionEventType.VIEWER_REQUEST },
      ],
    };
  }

  /** A file of the web interface. */
  private fileBehavior(responseHeadersPolicy: ResponseHeadersPolicy): BehaviorOptions {
    return {
      // Without the permission to list, what is not there would be a 403.
      origin: S3BucketOrigin.withOriginAccessControl(this.bucket as IBucket, {
        originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
      }),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      responseHeadersPolicy,
    };
  }

  /** The security headers of MLflow's own server. */
  private responseHeaders(environment: string): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'headers', {
      // Names of policies are the account's, not the region's.
      responseHeadersPolicyName: `slipway-${environment}-${Stack.of(this).region}`,
      securityHeadersBehavior: {
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.SAMEORIGIN, override: true },
      },
    });
  }

  /** Functions at the edge must live in us-east-1: in other regions the template has none. */
  private addUploadDoor(distribution: CfnDistribution, behaviors: readonly number[]): void {
    const role = new Role(this, 'upload-door-role', {
      assumedBy: new CompositePrincipal(
        new ServicePrincipal('lambda.amazonaws.com'),
        new ServicePrincipal('edgelambda.amazonaws.com'),
      ),
      description: 'Function upload-door: may do nothing',
    });
    const door = new LambdaFunction(this, 'upload-door', {
      description: 'At the edge: sends uploads that fit no function to the bucket.',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.X86_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(DIST, 'functions/upload-door')),
      memorySize: 128,
      timeout: Duration.seconds(10),
      role,
    });
    Validations.of(door).acknowledge({
      id: 'Serverless::Serverless-LambdaTracing',
      reason: 'Functions at the edge cannot be traced.',
    });
    const version = door.currentVersion.node.defaultChild as CfnElement & CfnResource;
    const isHere = new CfnCondition(this, 'edge-region', {
      expression: Fn.conditionEquals(Aws.REGION, 'us-east-1'),
    });
    for (const { node } of [role, door]) {
      (node.defaultChild as CfnResource).cfnOptions.condition = isHere;
    }
    version.cfnOptions.condition = isHere;
    const association = { EventType: 'origin-request', LambdaFunctionARN: version.ref };
    for (const i of behaviors) {
      distribution.addPropertyOverride(
        `DistributionConfig.CacheBehaviors.${i}.LambdaFunctionAssociations`,
        Fn.conditionIf(isHere.logicalId, [association], Aws.NO_VALUE),
      );
    }
  }
}

/** A request to the API. */
function requestBehavior(
  { apiId, stack }: SlipwayApi,
  responseHeadersPolicy: ResponseHeadersPolicy,
): BehaviorOptions {
  return {
    origin: new HttpOrigin(`${apiId}.execute-api.${stack.region}.${stack.urlSuffix}`, {
      readTimeout: API_TIMEOUT,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    }),
    // A redirection would make a GET of a PUT.
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    responseHeadersPolicy,
    compress: false,
  };
}

/** Behaviors by path pattern: the first that fits counts. A path that fits none gets the page. */
const behaviorsOf = (
  request: BehaviorOptions,
  file: BehaviorOptions,
  browser: Pick<BehaviorOptions, 'functionAssociations'>,
): Readonly<Record<string, BehaviorOptions>> => ({
  [`/api/${ARTIFACTS}`]: request,
  [`/ajax-api/${ARTIFACTS}`]: { ...request, ...browser },
  [`/${FILES}*`]: file,
  [`/${PAGE}`]: { ...file, ...browser },
  '/ajax-api/*': { ...request, ...browser },
  '/get-artifact': { ...request, ...browser },
  '/model-versions/get-artifact': { ...request, ...browser },
  '/?*': request,
});
