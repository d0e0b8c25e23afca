import { setTimeout as pause } from 'node:timers/promises';
import type { InvocationResult, LambdaInvoker } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import type { Integration } from './resources.ts';

/** Milliseconds that a reset waits for answers. */
const SETTLE_MS = 1000;

/** What functions were asked, each within its integration's time. */
export class IntegrationCalls {
  private readonly lambda: LambdaInvoker;
  private readonly working = new Set<Promise<unknown>>();

  constructor(lambda: LambdaInvoker) {
    this.lambda = lambda;
  }

  /** Throws `IntegrationTimeout` when the function takes too long; it goes on all the same. */
  async invoke({ functionArn, timeoutMs }: Integration, event: string): Promise<InvocationResult> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new AwsError('IntegrationTimeout', 'The integration took too long', 503));
      }, timeoutMs);
    });
    const result = this.lambda.invoke(functionArn, event, { bodyApart: true });
    const answer = Promise.race([result, late]);
    this.working.add(answer);
    try {
      return await answer;
    } finally {
      this.working.delete(answer);
      clearTimeout(timer);
    }
  }

  /** Resolves when all that was asked until now is answered, or after a second. */
  async settled(): Promise<void> {
    const answers = Promise.allSettled(this.working);
    await Promise.race([answers, pause(SETTLE_MS, undefined, { ref: false })]);
  }
}
