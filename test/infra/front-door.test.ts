import { describe, expect, it } from 'vitest';
import { EITHER_API } from '../../functions/shared/declare.ts';
import { allGatewayRoutes } from '../../lib/domains.ts';
import { pathPattern } from '../../lib/local/cloudfront/path-pattern.ts';
import { ofType, synthesizedResources } from '../support/repository/template.ts';

const resources = synthesizedResources('prod');

interface Behavior {
  readonly PathPattern?: string;
  readonly TargetOriginId: string;
  readonly AllowedMethods?: readonly string[];
  readonly ViewerProtocolPolicy: string;
  readonly OriginRequestPolicyId?: string;
  readonly ResponseHeadersPolicyId?: object;
  readonly FunctionAssociations?: unknown;
  readonly LambdaFunctionAssociations?: { readonly 'Fn::If': readonly unknown[] };
}

type Choice = readonly [
  string,
  readonly [{ EventType: string; LambdaFunctionARN: { Ref: string } }],
  unknown,
];

interface Config {
  readonly CacheBehaviors: readonly Behavior[];
  readonly DefaultCacheBehavior: Behavior;
  readonly DefaultRootObject: string;
  readonly Origins: readonly {
    Id: string;
    S3OriginConfig?: object;
    OriginAccessControlId?: object;
  }[];
}

const [[distributionId, distribution] = [], ...others] = ofType(
  resources,
  'AWS::CloudFront::Distribution',
);
const config = distribution?.Properties.DistributionConfig as Config;
const bucketOrigins = config.Origins.filter(({ S3OriginConfig }) => S3OriginConfig);

function behaviorFor(path: string): Behavior {
  const found = config.CacheBehaviors.find(({ PathPattern = '' }) =>
    pathPattern(PathPattern)(path),
  );
  return found ?? config.DefaultCacheBehavior;
}

const isApi = ({ TargetOriginId }: Behavior) =>
  !bucketOrigins.some(({ Id }) => Id === TargetOriginId);

describe('the distribution', () => {
  it('adds the headers of MLflow’s server to pages and answers alike', () => {
    const all = [config.DefaultCacheBehavior, ...config.CacheBehaviors];
    const policies = new Set(all.map((one) => JSON.stringify(one.ResponseHeadersPolicyId)));
    expect(policies.size).toBe(1);
    expect(config.DefaultCacheBehavior.ResponseHeadersPolicyId).toBeDefined();
  });

  it('is one, before one bucket that only it can read', () => {
    expect(others).toEqual([]);
    expect(bucketOrigins).toHaveLength(1);
    expect(bucketOrigins[0]?.OriginAccessControlId).toBeDefined();
    const statements = ofType(resources, 'AWS::S3::BucketPolicy').flatMap(
      ([, { Properties }]) =>
        (Properties.PolicyDocument as { Statement: Record<string, unknown>[] }).Statement,
    );
    const readers = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(readers.flatMap(({ Action }) => Action).sort()).toEqual([
      's3:GetObject',
      's3:ListBucket',
    ]);
    for (const { Principal, Condition } of readers) {
      expect(Principal).toEqual({ Service: 'cloudfront.amazonaws.com' });
      expect(JSON.stringify(Condition)).toContain(`distribution/",{"Ref":"${distributionId}"}`);
    }
  });

  it('leads every route of the API there, uncached, with all methods and headers', () => {
    expect(allGatewayRoutes.length).toBeGreaterThan(50);
    const twins = allGatewayRoutes.flatMap(({ key }) =>
      ['/api', '/ajax-api'].map((prefix) => key.replace(EITHER_API, prefix)),
    );
    for (const key of twins) {
      const path = key === '$default' ? '/no/such/path' : (key.split(' ', 2)[1] ?? '');
      const behavior = behaviorFor(path.replaceAll(/\{[^}]+\}/g, 'x'));
      expect(isApi(behavior), key).toBe(true);
      expect(behavior.AllowedMethods, key).toHaveLength(7);
      expect(behavior.OriginRequestPolicyId, key).toBe('b689b0a8-53d0-40ab-baf2-68738e2966ac');
      // A redirection would make a GET of a PUT.
      expect(behavior.ViewerProtocolPolicy, key).toBe('https-only');
    }
  });

  it.each(['/', '/index.html', '/static-files/static/js/main.9479d285.js'])(
    'leads %s to the bucket',
    (path) => expect(isApi(behaviorFor(path))).toBe(false),
  );

  it('asks browsers for credentials, and no program', () => {
    const asks = (path: string) => behaviorFor(path).FunctionAssociations !== undefined;
    expect(['/', '/index.html', '/get-artifact', '/ajax-api/2.0/mlflow/runs/get'].every(asks)).toBe(
      true,
    );
    const programs = [
      '/api/2.0/mlflow/runs/create',
      '/v1/traces',
      '/serving-endpoints/e/invocations',
    ];
    expect(programs.some(asks)).toBe(false);
  });
});

describe('the door of large uploads', () => {
  it('stands before the artifact proxy, where functions at the edge can live', () => {
    const guarded = config.CacheBehaviors.filter((one) => one.LambdaFunctionAssociations);
    expect(guarded.map(({ PathPattern }) => PathPattern)).toEqual([
      '/api/2.0/mlflow-artifacts/artifacts/*',
      '/ajax-api/2.0/mlflow-artifacts/artifacts/*',
    ]);
    const choice = guarded[0]?.LambdaFunctionAssociations?.['Fn::If'] ?? [];
    const [condition, [association], otherwise] = choice as Choice;
    expect(association.EventType).toBe('origin-request');
    expect(otherwise).toEqual({ Ref: 'AWS::NoValue' });
    const version = resources.get(association.LambdaFunctionARN.Ref);
    expect(version).toMatchObject({ Type: 'AWS::Lambda::Version', Condition: condition });
  });

  it('may do nothing and is configured by nothing', () => {
    const [found, ...more] = ofType(resources, 'AWS::Lambda::Function').filter(([id]) =>
      id.includes('uploaddoor'),
    );
    expect(more).toEqual([]);
    const properties = found?.[1].Properties as {
      Role: { 'Fn::GetAtt': [string] };
      Environment?: object;
      Architectures: string[];
    };
    expect(properties.Environment).toBeUndefined();
    expect(properties.Architectures).toEqual(['x86_64']);
    const [role] = properties.Role['Fn::GetAtt'];
    expect(resources.get(role)?.Properties).not.toHaveProperty('Policies');
    expect(resources.get(role)?.Properties).not.toHaveProperty('ManagedPolicyArns');
    const policies = ofType(resources, 'AWS::IAM::Policy').filter(([, { Properties }]) =>
      JSON.stringify(Properties.Roles).includes(role),
    );
    expect(policies).toEqual([]);
  });
});
