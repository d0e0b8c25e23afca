import { UnsupportedError } from '../shared/properties.ts';
import { UsageError } from '../usage-error.ts';

const USAGE = `Usage:
  slipway start [--host H] [--port N] [--aws-port N] [--data-dir DIR] [--ephemeral]
                [--environment dev|staging|prod] [--auth none|token]
                [--default-artifact-root URI] [--artifacts-destination DIR]
                [--allow-private-webhooks] [--allowed-hosts HOST,…] [--ui DIR]
                [--verbose] [--watch]
  slipway status
  slipway logs [FUNCTION] [--lines N] [--follow]
  slipway executions [STATE-MACHINE] [--status S] [--limit N]
  slipway interrupt TRAINING-JOB
  slipway events [--type T] [--subject S] [--limit N]
  slipway doctor [--port N] [--aws-port N] [--environment E]
  slipway tokens [list]
  slipway tokens create --user NAME [--group G]… [--expires-in P90D] [--comment TEXT]
  slipway tokens revoke ID
All but start take --data-dir DIR (of the host they look at) and --json. Instead of a data
directory, tokens takes --url URL, with an admin's token in MLFLOW_TRACKING_TOKEN, or
--aws [--environment E] for the installation that your AWS credentials may administer.`;

type Command = (args: readonly string[]) => Promise<number>;

/** Imported when asked for: `start` must not wait for what it does not use. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).start,
  status: async () => (await import('./status.ts')).status,
  logs: async () => (await import('./logs.ts')).logs,
  executions: async () => (await import('./executions.ts')).executions,
  interrupt: async () => (await import('./interrupt.ts')).interrupt,
  events: async () => (await import('./events.ts')).events,
  tokens: async () => (await import('./tokens.ts')).tokens,
  doctor: async () => (await import('./doctor.ts')).doctor,
};

/** Runs one command; resolves to the exit status. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = args;
  try {
    if (Object.hasOwn(COMMANDS, name)) {
      const command = await COMMANDS[name]?.();
      return (await command?.(rest)) ?? 1;
    }
    console.log(USAGE);
    return name === 'help' || name === '--help' ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError || error instanceof UnsupportedError) {
      console.error(`slipway: ${error.message}`);
      return 1;
    }
    if (isRefused(error)) {
      console.error('slipway: the host does not answer; `slipway status` says where it should be');
      return 1;
    }
    throw error;
  }
}

/** A killed host's process number may be another's by now: then nobody listens at its address. */
const isRefused = (error: unknown) =>
  error instanceof Error &&
  [error, error.cause].some((one) => (one as NodeJS.ErrnoException)?.code === 'ECONNREFUSED');
