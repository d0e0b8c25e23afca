import { UnsupportedError } from '../shared/properties.ts';
import { UsageError } from './start-options.ts';

const USAGE = `Usage: slipway start [--host H] [--port N] [--aws-port N] [--data-dir DIR] [--ephemeral]
                     [--environment dev|staging|prod] [--auth none]`;

/** Runs one command; resolves to the exit status. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  try {
    if (command === 'start') {
      const { start } = await import('./start.ts');
      return await start(rest);
    }
    console.log(USAGE);
    return command === undefined || command === 'help' || command === '--help' ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError || error instanceof UnsupportedError) {
      console.error(`slipway: ${error.message}`);
      return 1;
    }
    throw error;
  }
}
