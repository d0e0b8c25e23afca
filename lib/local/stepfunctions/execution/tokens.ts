import { AwsError } from '../../shared/aws-error.ts';
import type { Json } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import type { TokenDesk } from '../engine/run.ts';
import type { Statements } from '../journal/statements.ts';

type Answer = { readonly output: Json } | { readonly error: string; readonly cause: string };

/**
 * Task tokens. An answer is stored before it is acknowledged, so it survives a restart between
 * SendTaskSuccess and the state machine's next step.
 */
export class Tokens implements TokenDesk {
  private readonly statements: Statements;
  private readonly waiting = new Map<string, (answer: Answer) => void>();

  constructor(statements: Statements) {
    this.statements = statements;
  }

  answer(token: string, signal: AbortSignal): Promise<Json> {
    return new Promise((resolve, reject) => {
      const give = (answer: Answer) => {
        this.waiting.delete(token);
        signal.removeEventListener('abort', stop);
        if ('output' in answer) resolve(answer.output);
        else reject(new StateError(answer.error, answer.cause));
      };
      const stop = () => {
        this.waiting.delete(token);
        reject(signal.reason);
      };
      const stored = this.statements.token.get(token)?.answer;
      if (typeof stored === 'string') return give(JSON.parse(stored) as Answer);
      this.waiting.set(token, give);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  lastHeartbeat(token: string): number | undefined {
    const heartbeat = this.statements.token.get(token)?.heartbeat;
    return typeof heartbeat === 'number' ? heartbeat : undefined;
  }

  /** Throws `InvalidToken`, `TaskDoesNotExist` or `TaskTimedOut`. */
  succeed(token: string, output: Json): void {
    this.give(token, { output });
  }

  /** Throws as `succeed`. */
  fail(token: string, error: string, cause: string): void {
    this.give(token, { error, cause });
  }

  /** Throws as `succeed`. */
  heartbeat(token: string, time: number): void {
    this.requireOpen(token);
    this.statements.touchToken.run(time, token);
  }

  private give(token: string, answer: Answer): void {
    this.requireOpen(token);
    this.statements.answerToken.run(JSON.stringify(answer), token);
    this.waiting.get(token)?.(answer);
  }

  private requireOpen(token: string): void {
    if (!/^[\w-]{64}$/.test(token)) throw new AwsError('InvalidToken', 'Invalid Token');
    const row = this.statements.token.get(token);
    if (!row) throw new AwsError('TaskDoesNotExist', 'Task does not exist');
    if (row.open === 0) {
      throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
  }
}
