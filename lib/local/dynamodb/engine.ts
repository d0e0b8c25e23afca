import { EngineProcess, freePort } from './engine-process.ts';

/** Ends of the engine within a minute after which it is not started again. */
const MAX_ENDS_PER_MINUTE = 5;

/** The DynamoDB engine; started again, on the same port, when it ends by itself. */
export interface Engine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts dynoxide on a database file; `onCrash` hears when it cannot be kept running. */
export async function startEngine(file: string, onCrash: (error: Error) => void): Promise<Engine> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  let stopping = false;
  const ends: number[] = [];

  const launch = async (): Promise<EngineProcess> => {
    const started = new EngineProcess(file, port);
    await started.ready(endpoint);
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

  let current = launch();
  await current;
  return {
    endpoint,
    stop: async () => {
      stopping = true;
      const last = await current.catch(() => undefined);
      await last?.stop();
    },
  };
}
