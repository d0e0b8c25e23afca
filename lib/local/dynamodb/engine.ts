import { freePort } from '../shared/free-port.ts';
import { EngineProcess } from './engine-process.ts';

/** Ends of the engine within a minute after which it is not started again. */
const MAX_ENDS_PER_MINUTE = 5;

/** Ports that are tried: a free one may be another program's before the engine has taken it. */
const PORTS = 3;

/** The DynamoDB engine; started again, on the same port, when it ends by itself. */
interface Engine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts dynoxide on a database file; `onCrash` hears when it cannot be kept running. */
export async function startEngine(
  file: string,
  onCrash: (error: Error) => void,
  findPort: () => Promise<number> = freePort,
): Promise<Engine> {
  let port = 0;
  let stopping = false;
  const ends: number[] = [];
  const endpointOf = () => `http://127.0.0.1:${port}`;

  const launch = async (): Promise<EngineProcess> => {
    const started = new EngineProcess(file, port);
    await started.ready(endpointOf());
    void started.exit.then(() => (stopping ? undefined : restart(started.lastWords)));
    return started;
  };
  const restart = async (lastWords: string): Promise<void> => {
    console.error(`The DynamoDB engine ended and is started again: ${lastWords}`);
    ends.push(Date.now());
    try {
      if (ends.filter((at) => at > Date.now() - 60_000).length > MAX_ENDS_PER_MINUTE) {
        throw new Error(`The DynamoDB engine keeps ending: ${lastWords}`);
      }
      current = launch();
      await current;
    } catch (error) {
      onCrash(error instanceof Error ? error : new Error(String(error)));
    }
  };

  const first = async (ports: number): Promise<EngineProcess> => {
    port = await findPort();
    return launch().catch((error: unknown) => {
      if (ports > 1 && /already in use/.test(String(error))) return first(ports - 1);
      throw error;
    });
  };

  let current = first(PORTS);
  await current;
  return {
    endpoint: endpointOf(),
    stop: async () => {
      stopping = true;
      const last = await current.catch(() => undefined);
      await last?.stop();
    },
  };
}
