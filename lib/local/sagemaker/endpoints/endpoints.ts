import { createHash } from 'node:crypto';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AwsError } from '../../shared/aws-error.ts';
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
import { RequestQueues } from './request-queues.ts';
import type { Container, UpdateRequest, WeightsRequest } from './requests.ts';
import { ServingProgram } from './serving-program.ts';

/** What a program has until `/ping` answers, when its variant does not say. */
const STARTUP_MS = 10 * 60_000;

/** How long a program that is replaced may still answer what it was asked; the longest request. */
const DRAIN_MS = 60_000;

/** Until a state that could not be stored is stored again. */
const RETRY_MS = 1000;

export interface EndpointOptions {
  readonly dataDir: string;
  /** Copies all objects below the prefix into a folder. */
  readonly download: (uri: string, folder: string) => Promise<void>;
  /** Stores a file as an object. */
  readonly upload: (file: string, uri: string) => Promise<void>;
  /** Build folder of a serving image, by its URI. Throws for an unknown one. */
  readonly imageFolder: (uri: string) => string;
  /** Takes "SageMaker Endpoint State Change"; durable when it returns. */
  readonly emit: (detailType: string, detail: Readonly<Record<string, unknown>>) => void;
  /** The longest that any program has until `/ping` answers, in milliseconds. */
  readonly startupMs?: number;
}

/** Endpoints with a program for every variant; each is durable from its creation to its end. */
export class Endpoints {
  readonly #options: EndpointOptions;
  readonly #store: EndpointStore;
  /** By `keyOf` the endpoint, then by `idOf` the variant. */
  readonly #programs = new Map<string, Map<string, ServingProgram>>();
  readonly #changes = new Set<Promise<void>>();
  #suspended = new AbortController();
  /** Of endpoints that are asked by InvokeEndpointAsync. */
  readonly queues: RequestQueues;

  constructor(options: EndpointOptions, store: EndpointStore) {
    this.#options = options;
    this.#store = store;
    this.queues = new RequestQueues(options, store, (endpoint, variant) =>
      this.program(endpoint, variant),
    );
  }

  /** Programs of what was in service start again, and what was on its way goes on. */
  resume(): void {
    for (const endpoint of this.#store.unannounced()) this.#announce(endpoint);
    for (const endpoint of this.#store.all()) {
      for (const variant of running(endpoint.variants)) this.#program(endpoint, variant, true);
      if (isBusy(endpoint)) this.#bring(endpoint.name);
      this.queues.answer(endpoint);
    }
  }

  async suspend(): Promise<void> {
    this.#suspended.abort();
    this.queues.suspend();
    await Promise.all([...this.#programs.keys()].map((key) => this.#end(key, new Set(), 0)));
    await this.queues.settled();
    await Promise.all(this.#changes);
  }

  /** Ends every program and forgets every endpoint. */
  async reset(): Promise<void> {
    await this.suspend();
    this.#suspended = new AbortController();
    this.queues.resume();
    this.#store.clear();
    await rm(join(this.#options.dataDir, 'endpoints'), { recursive: true, force: true });
  }

  /** Throws `ValidationException` when there is no such endpoint. */
  get(name: string): Endpoint {
    const endpoint = this.#store.find(name);
    if (endpoint) return endpoint;
    throw new AwsError('ValidationException', `Could not find endpoint "${endpointArn(name)}".`);
  }

  create(name: string, config: string): void {
    if (this.#store.find(name)) {
      const message = `Cannot create already existing endpoint "${endpointArn(name)}".`;
      throw new AwsError('ValidationException', message);
    }
    const next = { config, variants: this.#variants(config, []) };
    const now = Date.now();
    const fresh = { name, config: '', variants: [], created: now, modified: now } as const;
    this.#begin({ ...fresh, status: 'Creating', next });
  }

  update({ EndpointName, EndpointConfigName: config, ...request }: UpdateRequest): void {
    const endpoint = this.#idle(EndpointName);
    const former = request.RetainAllVariantProperties ? endpoint.variants : [];
    const next = { config, variants: this.#variants(config, former) };
    this.#begin(changed(endpoint, { status: 'Updating', next }, Date.now()));
  }

  /** Weights and counts change; what answers stays as it is. */
  reweight({ EndpointName, DesiredWeightsAndCapacities: desired }: WeightsRequest): void {
    const endpoint = this.#idle(EndpointName);
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
    this.#begin(changed(endpoint, { status: 'Updating', next }, Date.now()));
  }

  async delete(name: string): Promise<void> {
    const endpoint = this.get(name);
    if (isBusy(endpoint)) throw inProgress(name);
    this.#store.remove(name);
    this.#store.drop(keyOf(endpoint));
    this.#emit(endpoint, 'DELETING');
    this.#track(this.#end(keyOf(endpoint), new Set(), DRAIN_MS));
  }

  /** The program of a variant; undefined when nothing of that name is in service. */
  program(endpoint: Endpoint, variant: string): ServingProgram | undefined {
    const found = endpoint.variants.find(({ name }) => name === variant);
    return found && this.#programs.get(keyOf(endpoint))?.get(idOf(found));
  }

  /** Instances of a variant; undefined when there is none such or a change is under way. */
  capacity(name: string, variant: string): number | undefined {
    const endpoint = this.#store.find(name);
    if (endpoint?.status !== 'InService') return undefined;
    return endpoint.variants.find((one) => one.name === variant)?.count;
  }

  /**
   * Metrics of an endpoint with a queue, and of a variant without: the requests that each of its
   * instances is answering. Undefined when there is none such.
   * https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
   * https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
   */
  metric(metric: string, dimensions: Readonly<Record<string, string>>): number | undefined {
    const endpoint = this.#store.find(dimensions.EndpointName ?? '');
    const wanted = dimensions.VariantName ?? endpoint?.variants[0]?.name;
    const variant = endpoint?.variants.find(({ name }) => name === wanted);
    if (!endpoint || !variant) return undefined;
    if (metric === 'ConcurrentRequestsPerModel') {
      const program = this.program(endpoint, variant.name);
      return program && variant.count > 0 ? program.inFlight / variant.count : undefined;
    }
    if (!variant.queue) return undefined;
    const backlog = this.queues.backlog(endpoint);
    if (metric === 'HasBacklogWithoutCapacity') return backlog > 0 && variant.count === 0 ? 1 : 0;
    if (metric !== 'ApproximateBacklogSizePerInstance' || variant.count === 0) return undefined;
    return backlog / variant.count;
  }

  #idle(name: string): Endpoint {
    const endpoint = this.get(name);
    if (isBusy(endpoint)) throw inProgress(name);
    if (endpoint.status === 'InService') return endpoint;
    throw new AwsError(
      'ValidationException',
      `Cannot update endpoint "${endpointArn(name)}" in status ${endpoint.status}.`,
    );
  }

  #variants(config: string, former: readonly Variant[]): Variant[] {
    const found = this.#store.part('config', config);
    if (!found) {
      const message = `Could not find endpoint configuration "${config}".`;
      throw new AwsError('ValidationException', message);
    }
    return variantsOf(found.request, (model) => this.#container(model), former);
  }

  #container(model: string): Container {
    const found = this.#store.part('model', model);
    if (found) return found.request.PrimaryContainer;
    throw new AwsError('ValidationException', `Could not find model "${model}".`);
  }

  #begin(endpoint: Endpoint): void {
    this.#save(endpoint);
    this.#bring(endpoint.name);
  }

  /** Brings what is on its way into service; what is in service stays when that fails. */
  #bring(name: string): void {
    this.#track(this.#change(name));
  }

  async #change(name: string): Promise<void> {
    const endpoint = this.get(name);
    const { variants: former, next } = endpoint;
    const wanted = running(next?.variants ?? []);
    const { signal } = this.#suspended;
    try {
      await Promise.all(wanted.map((variant) => this.#program(endpoint, variant, false).ready));
      if (signal.aborted) return;
      await this.#keep(() => this.#save(arrived(this.get(name), Date.now())), signal);
      this.queues.answer(this.get(name));
      await this.#end(keyOf(endpoint), new Set(wanted.map(idOf)), DRAIN_MS);
    } catch (error) {
      if (signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      const rolling = changed(this.get(name), { status: 'RollingBack' }, Date.now());
      if (former.length > 0) await this.#keep(() => this.#save(rolling), signal);
      await this.#end(keyOf(endpoint), new Set(running(former).map(idOf)), 0);
      await this.#keep(() => this.#save(givenUp(this.get(name), reason, Date.now())), signal);
    }
  }

  /** The program of a variant, started when there is none. */
  #program(endpoint: Endpoint, variant: Variant, persistent: boolean): ServingProgram {
    const [key, id] = [keyOf(endpoint), idOf(variant)];
    const programs = this.#programs.get(key) ?? new Map<string, ServingProgram>();
    this.#programs.set(key, programs);
    const known = programs.get(id);
    if (known) return known;
    const { dataDir, download, imageFolder, startupMs = Number.POSITIVE_INFINITY } = this.#options;
    const asked = variant.startupSeconds === undefined ? STARTUP_MS : variant.startupSeconds * 1000;
    const program = new ServingProgram({
      endpoint: endpoint.name,
      variant: variant.name,
      container: variant.container,
      root: this.#folder(key, id),
      log: join(dataDir, 'logs/endpoints', `${key}.${id}.log`),
      // That of image functions: what one has built serves the other.
      cache: join(dataDir, 'images'),
      startupMs: Math.min(startupMs, asked),
      image: imageFolder,
      download,
      persistent,
    });
    programs.set(id, program);
    return program;
  }

  /** Ends the programs of an endpoint but those with these ids. */
  async #end(key: string, kept: ReadonlySet<string>, drainMs: number): Promise<void> {
    const programs = this.#programs.get(key);
    const ending = [...(programs ?? [])].filter(([id]) => !kept.has(id));
    for (const [id] of ending) programs?.delete(id);
    if (programs?.size === 0) this.#programs.delete(key);
    const suspended = this.#suspended.signal.aborted;
    await Promise.all(
      ending.map(async ([id, program]) => {
        await program.stop(drainMs);
        // What a stop of the host ends is there again at its next start; an equal one may run already.
        if (suspended || this.#programs.get(key)?.has(id)) return;
        await rm(this.#folder(key, id), { recursive: true, force: true });
      }),
    );
    // Another program of the endpoint may still have its folder there.
    if (!suspended) await rmdir(this.#folder(key, '')).catch(() => undefined);
  }

  #folder(key: string, id: string): string {
    return join(this.#options.dataDir, 'endpoints', key, id);
  }

  #track(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => {
        if (!this.#suspended.signal.aborted) console.error('SageMaker endpoints:', error);
      })
      .finally(() => this.#changes.delete(done));
    this.#changes.add(done);
  }

  /** A state that cannot be stored is stored as soon as it can be: nobody hears of it before. */
  async #keep(save: () => void, signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        return save();
      } catch (error) {
        console.error('The state of an endpoint cannot be stored yet:', error);
        await pause(RETRY_MS, undefined, { signal });
      }
    }
  }

  #save(endpoint: Endpoint): void {
    this.#store.save(endpoint);
    this.#announce(endpoint);
  }

  /** At least once: an event that was not handed over is handed over at the next start. */
  #announce(endpoint: Endpoint): void {
    try {
      const status = endpoint.status.replaceAll(/(?<!^)[A-Z]/g, '_$&').toUpperCase();
      this.#emit(endpoint, status);
      this.#store.markAnnounced(endpoint);
    } catch (error) {
      console.error(`The state of endpoint ${endpoint.name} is not announced:`, error);
    }
  }

  /** https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html */
  #emit(endpoint: Endpoint, status: string): void {
    const detail = describeEndpoint(endpoint, (milliseconds) => milliseconds);
    this.#options.emit('SageMaker Endpoint State Change', { ...detail, EndpointStatus: status });
  }
}

function inProgress(name: string): AwsError {
  return new AwsError(
    'ValidationException',
    `Cannot update in-progress endpoint "${endpointArn(name)}".`,
  );
}

/** Equal for what one program can answer: the variant's name and its container. */
function idOf({ name, container }: Variant): string {
  const digest = createHash('sha256').update(JSON.stringify(container)).digest('hex');
  return `${name}-${digest.slice(0, 12)}`;
}
