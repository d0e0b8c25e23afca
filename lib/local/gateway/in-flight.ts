import type { ServerResponse } from 'node:http';

/** Milliseconds that a stop waits for answers. */
const GRACE_MS = 4000;

/** The answers still to be given on the public port. */
export class InFlight {
  private readonly responses = new Set<ServerResponse>();
  private stopping = false;
  private onEmpty: () => void = () => {};

  add(response: ServerResponse): void {
    this.responses.add(response);
    // A kept-alive connection would bring further requests while the port closes.
    if (this.stopping) response.shouldKeepAlive = false;
    response.once('close', () => {
      this.responses.delete(response);
      if (this.responses.size === 0) this.onEmpty();
    });
  }

  /** From now on a connection ends with its answer. */
  close(): void {
    this.stopping = true;
    for (const response of this.responses) response.shouldKeepAlive = false;
  }

  async done(): Promise<void> {
    this.close();
    if (this.responses.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GRACE_MS);
      this.onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
