import { inheritedVariables } from '../../shared/inherited.ts';
import { type Program, startProgram } from '../../shared/program.ts';
import type { ImageFunction } from '../function-config.ts';
import type { Environment, Invocation } from './environment.ts';
import { exited, failed, initTimeoutMs, timedOut } from './environment-errors.ts';
import type { Answer, FunctionError } from './protocol.ts';
import { RuntimeApi } from './runtime-api.ts';

/** Exit code of the program's supervisor for a command that cannot be started. */
const NO_SUCH_COMMAND = 127;

/**
 * The program of a container image as a child process. It asks the Lambda Runtime API for its events,
 * one at a time; after a timeout or an exit it is dead, with every process that it has started.
 */
export class ImageEnvironment implements Environment {
  readonly config: ImageFunction;
  readonly ready: Promise<FunctionError | undefined>;
  dead = false;
  leaving = false;
  lastUsed = Date.now();
  private readonly api: RuntimeApi;
  private readonly becomeReady: (error?: FunctionError) => void;
  private program: Program | undefined;
  private idle = Promise.withResolvers<void>();
  private settle: ((answer: Answer) => void) | undefined;
  private requestId = '';

  constructor(
    config: ImageFunction,
    variables: Readonly<Record<string, string>>,
    onOutput: (text: string) => void,
  ) {
    this.config = config;
    const { promise, resolve } = Promise.withResolvers<FunctionError | undefined>();
    this.ready = promise;
    this.becomeReady = resolve;
    this.api = new RuntimeApi({
      onIdle: () => {
        this.becomeReady();
        this.idle.resolve();
      },
      onAnswer: (requestId, answer) => {
        if (requestId === this.requestId) this.settle?.(answer);
      },
      onInitError: (error) => this.end(error),
    });
    this.start(variables, onOutput).catch((error: unknown) => {
      this.end({ errorType: 'Runtime.InvalidEntrypoint', errorMessage: String(error) });
    });
  }

  async handle(invocation: Invocation): Promise<Answer> {
    const { timeoutMs, arn } = this.config;
    this.requestId = invocation.requestId;
    const answer = new Promise<Answer>((resolve) => {
      this.settle = resolve;
    });
    const timer = setTimeout(() => {
      this.settle?.(failed(timedOut(invocation.requestId, timeoutMs)));
      void this.terminate();
    }, timeoutMs);
    if (this.dead) this.settle?.(failed(exited(invocation.requestId, 'exit status 1')));
    else {
      // It answers first and asks for the next event then.
      void this.idle.promise.then(() => {
        if (this.dead) return;
        this.idle = Promise.withResolvers();
        this.api.send(invocation, arn, Date.now() + timeoutMs);
      });
    }
    const result = await answer;
    clearTimeout(timer);
    this.settle = undefined;
    this.lastUsed = Date.now();
    return result;
  }

  /** What the program asked of a service is not known here: it is ended at once. */
  leave(): Promise<void> {
    this.leaving = true;
    return this.terminate();
  }

  async terminate(): Promise<void> {
    this.dead = true;
    this.program?.stop(0);
    await this.program?.exit;
    this.api.close();
  }

  private async start(
    variables: Readonly<Record<string, string>>,
    onOutput: (text: string) => void,
  ): Promise<void> {
    const address = await this.api.listen();
    if (this.dead) return this.api.close();
    const { command, folder } = this.config;
    this.program = await startProgram({
      command,
      cwd: folder,
      environment: {
        ...inheritedVariables(),
        ...variables,
        AWS_LAMBDA_RUNTIME_API: address,
      },
      log: onOutput,
    });
    if (this.dead) this.program.stop(0);
    const limit = initTimeoutMs(this.config);
    const late = setTimeout(() => {
      this.end({ errorType: 'Sandbox.Timedout', errorMessage: `Init took over ${limit} ms` });
    }, limit);
    void this.ready.then(() => clearTimeout(late));
    void this.program.exit.then((code) => this.end(this.ended(code)));
  }

  private ended(code: number): FunctionError {
    const [command = ''] = this.config.command;
    return code === NO_SUCH_COMMAND
      ? { errorType: 'Runtime.InvalidEntrypoint', errorMessage: `${command} is not on the PATH` }
      : exited(this.requestId, code > 128 ? `signal ${code - 128}` : `exit status ${code}`);
  }

  private end(error: FunctionError): void {
    const wasDead = this.dead;
    this.dead = true;
    this.becomeReady(error);
    this.settle?.(failed(error));
    if (!wasDead) void this.terminate();
  }
}
