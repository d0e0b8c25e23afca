import type { Candidate } from '../../../functions/serving/deployment/deployment-step.ts';
import type { Workload } from '../../../functions/serving/deployment/workload.ts';
import type { Json } from '../../../lib/local/stepfunctions/asl/definition.ts';
import { fails } from './stubs.ts';

/** Name of the endpoint that the simulation has. */
export const NAME = 'slipway-abc';
/** How an SDK integration fails with an error of SageMaker's. */
export const refused = (message: string) => fails('SageMaker.SageMakerException', message);

interface Variant {
  readonly VariantName: string;
  readonly ModelName: string;
  readonly InitialVariantWeight: number;
  readonly InitialInstanceCount: number;
}

/** A SageMaker that takes a few looks for every change; variants named `bad…` never become healthy. */
export class SimulatedSageMaker {
  readonly models = new Map<string, string>();
  readonly configs = new Map<string, readonly Variant[]>();
  readonly calls: string[] = [];
  endpoint:
    | { status: string; config: string; variants: Map<string, number>; failure?: string }
    | undefined;
  /** The variant whose endpoint it is, when that has a queue. */
  queue = '';
  asynchronous: Json | undefined;
  readonly scaling: Json[] = [];
  /** Of each variant; those that stay keep theirs. */
  readonly instances = new Map<string, number>();
  private next: { config: string; looks: number } | undefined;
  readonly looks: number;

  constructor(looks = 3) {
    this.looks = looks;
  }

  describe(): Json {
    if (!this.endpoint) throw refused(`Could not find endpoint "${NAME}".`);
    if (this.next && --this.next.looks <= 0) this.arrive(this.next.config);
    const { status, config, variants, failure } = this.endpoint;
    return {
      EndpointStatus: status,
      EndpointConfigName: config,
      ...(variants.size > 0 && {
        ProductionVariants: [...variants].map(([VariantName, CurrentWeight]) => ({
          VariantName,
          CurrentWeight,
          CurrentInstanceCount: this.instances.get(VariantName) ?? 0,
        })),
      }),
      ...(failure !== undefined && { FailureReason: failure }),
    };
  }

  change(config: string): Json {
    if (this.next) throw refused('Cannot update in-progress endpoint');
    const status = this.endpoint ? 'Updating' : 'Creating';
    const { variants = new Map() } = this.endpoint ?? {};
    this.endpoint = { status, config: this.endpoint?.config ?? config, variants };
    this.next = { config, looks: this.looks };
    return {};
  }

  private arrive(config: string): void {
    this.next = undefined;
    const former = this.endpoint?.variants ?? new Map<string, number>();
    const wanted = this.configs.get(config) ?? [];
    const bad = wanted.find(({ VariantName }) => VariantName.startsWith('bad'));
    if (bad) {
      const failure = `${bad.VariantName} did not pass the ping health check`;
      const back = this.endpoint?.config ?? '';
      const status = former.size > 0 ? 'InService' : 'Failed';
      this.endpoint = { status, config: back, variants: former, failure };
      return;
    }
    for (const { VariantName, InitialInstanceCount } of wanted) {
      if (!former.has(VariantName)) this.instances.set(VariantName, InitialInstanceCount);
    }
    const variants = new Map(
      wanted.map((one) => [
        one.VariantName,
        former.get(one.VariantName) ?? one.InitialVariantWeight,
      ]),
    );
    this.endpoint = { status: 'InService', config, variants };
  }
}

/** The endpoint's rows: what is prepared, and what answers requests with which weight. */
export class Rows {
  readonly candidates: Candidate[] = [];
  live = new Map<string, number>();
  readonly recorded: { own: string | null; problem: string }[] = [];

  add(variant: string, state: Candidate['state'], since = 0, more: Partial<Workload> = {}): void {
    const deployment = {
      variant,
      instance_type: 'ml.g5.xlarge',
      instance_count: 1,
      ...more,
      location: { bucket: 'b', key: `models/${variant}` },
    };
    this.candidates.push({ preparation: `p-${variant}`, model: 'm', state, since, deployment });
  }

  /** Variants whose instances come and go with the requests. */
  scaled(): ReadonlySet<string> {
    const all = this.candidates.map(({ deployment }) => deployment);
    return new Set(
      all.filter((one) => one.instance_maximum !== undefined).map(({ variant }) => variant),
    );
  }

  set(preparation: string, state: Candidate['state'], since: number): void {
    const at = this.candidates.findIndex((one) => one.preparation === preparation);
    const found = this.candidates[at];
    if (found) this.candidates[at] = { ...found, state, since };
  }
}
