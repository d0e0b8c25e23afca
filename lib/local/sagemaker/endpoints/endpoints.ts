import { AwsError } from '../../shared/aws-error.ts';
import { messageOf } from '../../shared/message-of.ts';
import { untilStored } from '../../shared/until-stored.ts';
import {
  arrived,
  changed,
  describeEndpoint,
  type Endpoint,
  endpointArn,
  givenUp,
  isBusy,
  keyOf,
  running,
  type Variant,
  variantsOf,
} from './endpoint.ts';
import type { EndpointStore } from './endpoint-store.ts';
import { metricOf } from './metrics.ts';
import { RequestQueues } from './request-queues.ts';
import type { UpdateRequest, WeightsRequest } from './requests.ts';
import type { ServingProgram } from './serving-program.ts';
import { VariantPrograms, type VariantProgramsOptions } from './variant-programs.ts';

/** How long a program that is replaced may still answer what it was asked; the longest request. */
const DRAIN_MS = 60_000;

export interface EndpointOptions extends VariantProgramsOptions {
  /** Stores a file as an object. */
  readonly upload: (file: string, uri: string) => Promise<void>;
  /** Takes "SageMaker Endpoint State Change"; durable when it returns. */
  readonly emit: (
    detailType: string,
    detail: Readonly<Record<string, unknown>>,
    resource: string,
  ) => void;
}

/** Endpoints with a program for every variant; each is durable from its creation to its end. */
export class Endpoints {
  private readonly options: EndpointOptions;
  private readonly store: EndpointStore;
  private readonly programs: VariantPrograms;
  private readonly changes = new Set<Promise<void>>();
  private suspended = new AbortController();
  /** Of endpoints that are asked by InvokeEndpointAsync. */
  readonly queues: RequestQueues;

  constructor(options: EndpointOptions, store: EndpointStore) {
    this.options = options;
    this.store = store;
    this.programs = new VariantPrograms(options);
    this.queues = new RequestQueues(options, store, (endpoint, variant) =>
      this.program(endpoint, variant),
    );
  }

  /** Programs of what was in service start again, and what was on its way goes on. */
  resume(): void {
    this.programs.sweep();
    for (const endpoint of this.store.unannounced()) this.announce(endpoint);
    for (const endpoint of this.store.all()) {
      for (const variant of running(endpoint.variants)) {
        this.programs.start(endpoint, variant, true);
      }
      if (isBusy(endpoint)) this.bring(endpoint.name);
      this.queues.answer(endpoint);
    }
  }

  async suspend(): Promise<void> {
    this.suspended.abort();
    this.queues.suspend();
    await this.programs.suspend();
    await this.queues.settled();
    await Promise.all(this.changes);
  }

  /** Ends every program and forgets every endpoint. */
  async reset(): Promise<void> {
    await this.suspend();
    this.suspended = new AbortController();
    this.queues.resume();
    this.store.clear();
    await this.programs.reset();
  }

  /** Throws `ValidationException` when there is no such endpoint. */
  get(name: string): Endpoint {
    const endpoint = this.store.find(name);
    if (endpoint) return endpoint;
    throw new AwsError('ValidationException', `Could not find endpoint "${endpointArn(name)}".`);
  }

  create(name: string, config: string): void {
    if (this.store.find(name)) {
      const message = `Cannot create already existing endpoint "${endpointArn(name)}".`;
      throw new AwsError('ValidationException', message);
    }
    const next = { config, variants: this.variants(config, []) };
    const now = Date.now();
    const fresh = { name, config: '', variants: [], created: now, modified: now } as const;
    this.begin({ ...fresh, status: 'Creating', next });
  }

  update({ EndpointName, EndpointConfigName: config, ...request }: UpdateRequest): void {
    const endpoint = this.idle(EndpointName);
    const former = request.RetainAllVariantProperties ? endpoint.variants : [];
    const next = { config, variants: this.variants(config, former) };
    this.begin(changed(endpoint, { status: 'Updating', next }, Date.now()));
  }

  /** Weights and counts change; what answers stays as it is. */
  reweight({ EndpointName, DesiredWeightsAndCapacities: desired }: WeightsRequest): void {
    const endpoint = this.idle(EndpointName);
    const names = endpoint.variants.map(({ name }) => name);
    const unknown = desired.find(({ VariantName }) => !names.includes(VariantName));
    if (unknown) {
      const message = `The variant ${unknown.VariantName} does not exist in endpoint ${EndpointName}`;
      throw new AwsError('ValidationException', message);
    }
    const variants = endpoint.variants.map((variant) => {
      const wanted = desired.find(({ VariantName }) => VariantName === variant.name);
      return {
        ...variant,
        weight: wanted?.DesiredWeight ?? variant.weight,
        count: wanted?.DesiredInstanceCount ?? variant.count,
      };
    });
    const next = { config: endpoint.config, variants };
    this.begin(changed(endpoint, { status: 'Updating', next }, Date.now()));
  }

  async delete(name: string): Promise<void> {
    const endpoint = this.get(name);
    if (isBusy(endpoint)) throw inProgress(name);
    this.store.remove(name);
    this.store.drop(keyOf(endpoint));
    this.emit(endpoint, 'DELETING');
    this.track(this.programs.end(endpoint, [], DRAIN_MS));
  }

  /** The program of a variant; undefined when nothing of that name is in service. */
  program(endpoint: Endpoint, variant: string): ServingProgram | undefined {
    const found = endpoint.variants.find(({ name }) => name === variant);
    return found && this.programs.find(endpoint, found);
  }

  /** Instances of a variant; undefined when there is none such or a change is under way. */
  capacity(name: string, variant: string): number | undefined {
    const endpoint = this.store.find(name);
    if (endpoint?.status !== 'InService') return undefined;
    return endpoint.variants.find((one) => one.name === variant)?.count;
  }

  /** A metric of an endpoint or of one of its variants, as CloudWatch names them. */
  metric(metric: string, dimensions: Readonly<Record<string, string>>): number | undefined {
    const endpoint = this.store.find(dimensions.EndpointName ?? '');
    const wanted = dimensions.VariantName ?? endpoint?.variants[0]?.name;
    const variant = endpoint?.variants.find(({ name }) => name === wanted);
    if (!endpoint || !variant) return undefined;
    return metricOf(metric, variant, {
      inFlight: this.programs.find(endpoint, variant)?.inFlight,
      backlog: this.queues.backlog(endpoint),
    });
  }

  private idle(name: string): Endpoint {
    const endpoint = this.get(name);
    if (isBusy(endpoint)) throw inProgress(name);
    if (endpoint.status === 'InService') return endpoint;
    throw new AwsError(
      'ValidationException',
      `Cannot update endpoint "${endpointArn(name)}" in status ${endpoint.status}.`,
    );
  }

  private variants(config: string, former: readonly Variant[]): Variant[] {
    const { request } = this.store.requireConfig(config);
    const containerOf = (model: string) => this.store.requireModel(model).request.PrimaryContainer;
    return variantsOf(request, containerOf, former);
  }

  private begin(endpoint: Endpoint): void {
    this.save(endpoint);
    this.bring(endpoint.name);
  }

  /** Brings what is on its way into service; what is in service stays when that fails. */
  private bring(name: string): void {
    this.track(this.change(name));
  }

  private async change(name: string): Promise<void> {
    const endpoint = this.get(name);
    const { variants: former, next } = endpoint;
    const wanted = running(next?.variants ?? []);
    const { signal } = this.suspended;
    const keep = (state: () => Endpoint) =>
      untilStored('The state of an endpoint', () => this.save(state()), signal);
    try {
      await Promise.all(
        wanted.map((variant) => this.programs.start(endpoint, variant, false).ready),
      );
      if (signal.aborted) return;
      await keep(() => arrived(this.get(name), Date.now()));
    } catch (error) {
      if (signal.aborted) return;
      const reason = messageOf(error);
      const rolling = changed(this.get(name), { status: 'RollingBack' }, Date.now());
      if (former.length > 0) await keep(() => rolling);
      await this.programs.end(endpoint, running(former), 0);
      await keep(() => givenUp(this.get(name), reason, Date.now()));
      return;
    }
    this.queues.answer(this.get(name));
    // The next change may be under way by now: a program that ends badly must not give that one up.
    await this.programs.end(endpoint, wanted, DRAIN_MS);
  }

  private track(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => {
        if (!this.suspended.signal.aborted) console.error('SageMaker endpoints:', error);
      })
      .finally(() => this.changes.delete(done));
    this.changes.add(done);
  }

  private save(endpoint: Endpoint): void {
    this.store.save(endpoint);
    this.announce(endpoint);
  }

  /** At least once: an event that was not handed over is handed over at the next start. */
  private announce(endpoint: Endpoint): void {
    try {
      const status = endpoint.status.replaceAll(/(?<!^)[A-Z]/g, '_$&').toUpperCase();
      this.emit(endpoint, status);
      this.store.markAnnounced(endpoint);
    } catch (error) {
      console.error(`The state of endpoint ${endpoint.name} is not announced:`, error);
    }
  }

  /** https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html */
  private emit(endpoint: Endpoint, status: string): void {
    const described = describeEndpoint(endpoint, (milliseconds) => milliseconds);
    const detail = { ...described, EndpointStatus: status };
    this.options.emit('SageMaker Endpoint State Change', detail, endpointArn(endpoint.name));
  }
}

function inProgress(name: string): AwsError {
  return new AwsError(
    'ValidationException',
    `Cannot update in-progress endpoint "${endpointArn(name)}".`,
  );
}
