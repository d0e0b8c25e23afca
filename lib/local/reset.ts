import type { IncomingMessage, ServerResponse } from 'node:http';

/** Something that can forget all that it holds. */
export interface Resettable {
  reset(): void | Promise<void>;
}

/** The services of a host, in the roles they have when it is emptied. */
interface ResettableServices {
  /** What works on its own; ended before anything is emptied for good. */
  readonly stepFunctions: Resettable;
  readonly sageMaker: Resettable;
  readonly lambda: Resettable;
  readonly gateway: {
    /** Resolves when functions have answered what clients asked, or after a while. */
    settled(): Promise<void>;
  };
  readonly s3: Resettable;
  /** What only holds data; event sources last, for they skip to the end of what is left. */
  readonly stores: readonly Resettable[];
}

/** Empties a running host, so that the next request meets what a first start would have made. */
export class HostReset {
  private readonly services: ResettableServices;
  private readonly after: () => Promise<void>;
  private emptying: Promise<void> | undefined;
  private running: Promise<void> | undefined;

  /** `after` makes what a first start makes besides the template; requests wait for it, too. */
  constructor(services: ResettableServices, after: () => Promise<void>) {
    this.services = services;
    this.after = after;
  }

  /** There while the host is made anew, when nothing may enter a service; resolves after. */
  get underWay(): Promise<void> | undefined {
    return this.running;
  }

  /** Resolves when the host is empty; a call during another one is that one. */
  run(): Promise<void> {
    this.emptying ??= this.empty();
    this.running ??= this.emptying
      .then(() => this.after())
      .finally(() => {
        this.emptying = undefined;
        this.running = undefined;
      });
    // Whoever waits for the rest learns of its failure; nobody may be waiting.
    this.running.catch((error: unknown) => console.error(error));
    return this.emptying;
  }

  private async empty(): Promise<void> {
    const { stepFunctions, sageMaker, lambda, gateway, s3 } = this.services;
    const endLongWork = () => Promise.all([stepFunctions.reset(), sageMaker.reset()]);
    await endLongWork();
    // Without events no function is called that was not called already. Clients get their answers, the
    // other functions end when nothing that they asked of a service is still to be carried out.
    await this.emptyStores();
    await gateway.settled();
    await lambda.reset();
    // What they started until then.
    await endLongWork();
    await lambda.reset();
    await s3.reset();
    await this.emptyStores();
  }

  private async emptyStores(): Promise<void> {
    for (const store of this.services.stores) await store.reset();
  }
}

/** Answers `POST /__reset`, true when it was that. Other machines and web pages may not call it. */
export async function serveReset(
  reset: HostReset,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (request.url !== '/__reset') return false;
  const refused = refusal(request);
  if (!refused) await reset.run();
  const [status, text] = refused ?? [200, 'OK'];
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
  return true;
}

function refusal({ method, socket, headers }: IncomingMessage): [number, string] | undefined {
  if (!isLoopback(socket.remoteAddress ?? '')) return [403, 'Only this machine may empty it'];
  if (headers.origin !== undefined) return [403, 'A web page may not empty it'];
  return method === 'POST' ? undefined : [405, 'Use POST'];
}

const isLoopback = (address: string) =>
  address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
