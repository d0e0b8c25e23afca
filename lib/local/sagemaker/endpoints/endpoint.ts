import { arn } from '../../shared/arn.ts';
import type { ConfigRequest, Container, QueueRequest } from './requests.ts';

type EndpointStatus = 'Creating' | 'Updating' | 'RollingBack' | 'InService' | 'Failed';

/** A variant with all that its program needs, so that it outlives its model and configuration. */
export interface Variant {
  readonly name: string;
  readonly container: Container;
  readonly weight: number;
  /** Without any, its program does not run. */
  readonly count: number;
  /** Of an endpoint that is only asked by InvokeEndpointAsync. */
  readonly queue?: QueueRequest;
  /** Seconds that its program has until `/ping` answers. */
  readonly startupSeconds?: number;
}

/** An endpoint as it is stored. */
export interface Endpoint {
  readonly name: string;
  readonly status: EndpointStatus;
  /** What is in service; empty before anything was. */
  readonly config: string;
  readonly variants: readonly Variant[];
  /** What is on its way into service. */
  readonly next?: { readonly config: string; readonly variants: readonly Variant[] };
  /** Why it is `Failed`, or why the last update was taken back. */
  readonly failureReason?: string;
  /** Epoch milliseconds. */
  readonly created: number;
  readonly modified: number;
}

/** Longest text of a failure that SageMaker reports. */
const MAX_REASON = 1024;

export const isBusy = ({ status }: Endpoint) => status !== 'InService' && status !== 'Failed';

/** A namesake that is created later is another endpoint. */
export const keyOf = ({ name, created }: Endpoint) => `${name}.${created}`;

/** The variants that have a program. */
export const running = (variants: readonly Variant[]) => variants.filter(({ count }) => count > 0);

/** Names in ARNs are in lower case. */
export const endpointArn = (name: string) => arn('sagemaker', `endpoint/${name.toLowerCase()}`);
export const configArn = (name: string) =>
  arn('sagemaker', `endpoint-config/${name.toLowerCase()}`);
export const modelArn = (name: string) => arn('sagemaker', `model/${name.toLowerCase()}`);

/** The variants of a configuration; `former` are those whose weights and counts are retained. */
export function variantsOf(
  { ProductionVariants, AsyncInferenceConfig: queue }: ConfigRequest,
  containerOf: (model: string) => Container,
  former: readonly Variant[],
): Variant[] {
  return ProductionVariants.map((wanted): Variant => {
    const kept = former.find(({ name }) => name === wanted.VariantName);
    const startup = wanted.ContainerStartupHealthCheckTimeoutInSeconds;
    return {
      name: wanted.VariantName,
      container: containerOf(wanted.ModelName),
      weight: kept?.weight ?? wanted.InitialVariantWeight,
      count: kept?.count ?? wanted.InitialInstanceCount,
      ...(startup !== undefined && { startupSeconds: startup }),
      ...(queue && { queue }),
    };
  });
}

/** The endpoint with some members changed; a reason of before is gone. */
export function changed(
  { failureReason: _, ...endpoint }: Endpoint,
  change: Partial<Endpoint>,
  now: number,
): Endpoint {
  const { failureReason: reason } = change;
  return {
    ...endpoint,
    ...change,
    modified: now,
    ...(reason !== undefined && { failureReason: reason.slice(0, MAX_REASON) }),
  };
}

/** What is on its way is in service. */
export function arrived({ next, ...endpoint }: Endpoint, now: number): Endpoint {
  return changed(endpoint, { ...next, status: 'InService' }, now);
}

/** What was on its way is given up. */
export function givenUp({ next, ...endpoint }: Endpoint, failureReason: string, now: number) {
  if (endpoint.variants.length > 0) {
    return changed(endpoint, { status: 'InService', failureReason }, now);
  }
  const config = next?.config ?? endpoint.config;
  return changed(endpoint, { status: 'Failed', failureReason, config }, now);
}

/**
 * As DescribeEndpoint answers; `time` turns milliseconds into what the reader expects.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
 */
export function describeEndpoint(
  endpoint: Endpoint,
  time: (milliseconds: number) => number,
): Record<string, unknown> {
  const { name, variants, failureReason } = endpoint;
  return {
    EndpointName: name,
    EndpointArn: endpointArn(name),
    EndpointConfigName: endpoint.config || endpoint.next?.config,
    ...(variants[0]?.queue && { AsyncInferenceConfig: variants[0].queue }),
    ...(variants.length > 0 && {
      ProductionVariants: variants.map(({ name: VariantName, container, weight, count }) => ({
        VariantName,
        DeployedImages: [{ SpecifiedImage: container.Image, ResolvedImage: container.Image }],
        CurrentWeight: weight,
        DesiredWeight: weight,
        CurrentInstanceCount: count,
        DesiredInstanceCount: count,
      })),
    }),
    EndpointStatus: endpoint.status,
    ...(failureReason !== undefined && { FailureReason: failureReason }),
    CreationTime: time(endpoint.created),
    LastModifiedTime: time(endpoint.modified),
  };
}
