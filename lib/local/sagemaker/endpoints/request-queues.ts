import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../shared/message-of.ts';
import { type Endpoint, keyOf } from './endpoint.ts';
import type { EndpointStore, QueuedRequest } from './endpoint-store.ts';
import type { ServingProgram } from './serving-program.ts';

/** Requests that one instance answers at once when the configuration does not say. */
const CONCURRENCY = 4;

type Waiting = QueuedRequest & { readonly id: number };

interface Objects {
  /** Copies an object into a folder. */
  readonly download: (uri: string, folder: string) => Promise<void>;
  readonly upload: (file: string, uri: string) => Promise<void>;
}

/**
 * What waits for endpoints with a queue, answered in order as long as they have instances. A request
 * leaves the queue when its answer, or why there is none, lies in S3: one that is killed in between is
 * answered again.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
 */
export class RequestQueues {
  private readonly objects: Objects;
  private readonly store: EndpointStore;
  private readonly program: (endpoint: Endpoint, variant: string) => ServingProgram | undefined;
  /** By the id of what is being answered. */
  private readonly answering = new Map<number, Promise<void>>();
  private suspended = new AbortController();

  constructor(
    objects: Objects,
    store: EndpointStore,
    program: (endpoint: Endpoint, variant: string) => ServingProgram | undefined,
  ) {
    this.objects = objects;
    this.store = store;
    this.program = program;
  }

  /** Durable when it returns. */
  accept(endpoint: Endpoint, request: QueuedRequest): void {
    this.store.enqueue(keyOf(endpoint), request);
    this.answer(endpoint);
  }

  /** What waits or is being answered: ApproximateBacklogSize. */
  backlog(endpoint: Endpoint): number {
    return this.store.backlog(keyOf(endpoint));
  }

  /** Answers what waits, if there is an instance that can. */
  answer(endpoint: Endpoint): void {
    const [variant] = endpoint.variants;
    if (!variant?.queue || variant.count === 0 || this.suspended.signal.aborted) return;
    const { ClientConfig: client } = variant.queue;
    const each = client?.MaxConcurrentInvocationsPerInstance ?? CONCURRENCY;
    for (const request of this.store.waiting(keyOf(endpoint), each * variant.count)) {
      const program = this.program(endpoint, request.variant);
      if (!program || this.answering.has(request.id)) continue;
      const done = this.answerBy(request, program)
        .then(() => this.store.answered(request.id))
        .catch((error: unknown) => {
          if (!this.suspended.signal.aborted) console.error('SageMaker queues:', error);
        })
        .finally(() => {
          this.answering.delete(request.id);
          this.answer(this.store.find(endpoint.name) ?? endpoint);
        });
      this.answering.set(request.id, done);
    }
  }

  suspend(): void {
    this.suspended.abort();
  }

  /** Resolves when nothing is at work any more. */
  async settled(): Promise<void> {
    await Promise.all(this.answering.values());
  }

  resume(): void {
    this.suspended = new AbortController();
  }

  private async answerBy(request: Waiting, program: ServingProgram): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-queue-'));
    try {
      const { text, uri } = await this.outcome(request, program, folder);
      const file = join(folder, randomUUID());
      await writeFile(file, text);
      await this.objects.upload(file, uri);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async outcome(request: Waiting, program: ServingProgram, folder: string) {
    const { input, output, failure, headers, timeoutMs, expires } = request;
    const failed = (text: string) => ({ text, uri: failure });
    if (Date.now() > expires) return failed('The request expired before it could be processed.');
    try {
      await this.objects.download(input, join(folder, 'input'));
      const [name = ''] = await readdir(join(folder, 'input'));
      const body = await readFile(join(folder, 'input', name));
      const answer = await program.invoke(body, { ...headers }, AbortSignal.timeout(timeoutMs));
      if (answer.status >= 200 && answer.status < 300) return { text: answer.body, uri: output };
      const kind = answer.status < 500 ? 'client' : 'server';
      const message = answer.body.toString('utf8');
      return failed(
        `Received ${kind} error (${answer.status}) from primary with message "${message}".`,
      );
    } catch (error) {
      // What the end of the host cut off is answered after its next start.
      if (this.suspended.signal.aborted) throw error;
      return failed(messageOf(error));
    }
  }
}
