import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from '../../shared/body.ts';
import { MAX_PAYLOAD } from '../payload.ts';
import type { Invocation } from './environment.ts';
import type { Answer, FunctionError } from './protocol.ts';

/** An answer is measured by who invoked; here it must only not fill the memory. */
const MAX_ANSWER = 2 * MAX_PAYLOAD;

const NEXT = '/2018-06-01/runtime/invocation/next';
const RESULT = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/;
const INIT_ERROR = '/2018-06-01/runtime/init/error';

interface RuntimeApiHooks {
  /** The program asks for its first or next event. */
  readonly onIdle: () => void;
  readonly onAnswer: (requestId: string, answer: Answer) => void;
  readonly onInitError: (error: FunctionError) => void;
}

/**
 * What a container's program asks for events and sends its answers to, on a port of its own.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  private readonly hooks: RuntimeApiHooks;
  private asking: ServerResponse | undefined;

  constructor(hooks: RuntimeApiHooks) {
    this.hooks = hooks;
  }

  /** Resolves to the value of AWS_LAMBDA_RUNTIME_API. */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(0, '127.0.0.1', () => {
        this.server.unref();
        resolve(`127.0.0.1:${(this.server.address() as AddressInfo).port}`);
      });
    });
  }

  /** Hands an event to the program that asks for one. Throws when it does not. */
  send({ requestId, payload }: Invocation, functionArn: string, deadline: number): void {
    const { asking } = this;
    if (!asking) throw new Error('The program does not ask for an event');
    this.asking = undefined;
    asking.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': String(deadline),
      'lambda-runtime-invoked-function-arn': functionArn,
    });
    asking.end(payload);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (request.method === 'GET' && path === NEXT) {
      this.asking = response;
      this.hooks.onIdle();
      return;
    }
    const [, requestId, kind] = RESULT.exec(path) ?? [];
    if (path !== INIT_ERROR && requestId === undefined) return void response.writeHead(404).end();
    const body = (await readBody(request, MAX_ANSWER)).toString('utf8');
    response.writeHead(202).end();
    if (requestId === undefined) this.hooks.onInitError(toError(body));
    else if (kind === 'error') {
      this.hooks.onAnswer(requestId, { type: 'error', error: toError(body) });
    } else this.hooks.onAnswer(requestId, toAnswer(body));
  }
}

function toAnswer(payload: string): Answer {
  try {
    JSON.parse(payload);
    return { type: 'result', payload };
  } catch (error) {
    return {
      type: 'error',
      error: { errorType: 'Runtime.MarshalError', errorMessage: String(error) },
    };
  }
}

function toError(body: string): FunctionError {
  try {
    const { errorType, errorMessage, stackTrace } = JSON.parse(body) as {
      errorType?: string;
      errorMessage?: string;
      stackTrace?: string[];
    };
    return {
      errorType: errorType ?? 'Error',
      errorMessage: errorMessage ?? '',
      ...(stackTrace && { trace: stackTrace }),
    };
  } catch {
    return { errorType: 'Runtime.Unknown', errorMessage: body.slice(0, 1000) };
  }
}
