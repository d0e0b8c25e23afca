import { styleText } from 'node:util';
import type { BusEvent } from '../eventbridge/event.ts';
import type { Observer } from '../observer.ts';

/** Longer lines are cut: the log and the audit trail have the whole. */
const WIDTH = 160;

/**
 * Prints one line per event worth knowing: what the product announces, executions that fail,
 * functions that throw; with `verbose` each request too.
 */
export function narrator(options: { readonly verbose: boolean }): Observer {
  return {
    event: (event) => {
      if (event.source.startsWith('slipway.')) say(event['detail-type'], sentence(event));
      else if (failed(event)) say('ExecutionFailed', failure(event), 'red');
    },
    functionError: (name, { errorType, errorMessage }) =>
      say(
        'FunctionError',
        `${name}: ${errorType}: ${errorMessage}; see \`slipway logs ${name}\``,
        'red',
      ),
    ...(options.verbose && {
      request: (method: string, target: string, status: number, milliseconds: number) =>
        say('Request', `${method} ${target} ${status} ${milliseconds.toFixed(1)} ms`),
    }),
  };
}

function say(what: string, text: string, color: 'red' | 'cyan' = 'cyan'): void {
  const time = new Date().toISOString().slice(11, 19);
  console.log(`${time}  ${styleText(color, what.padEnd(24))}  ${text}`.slice(0, WIDTH));
}

/** What an event says, in `key value` pairs: its data is small and flat. */
function sentence({ detail }: BusEvent): string {
  return Object.entries(detail.data ?? {})
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(', ');
}

const ENDED_BADLY = ['FAILED', 'TIMED_OUT', 'ABORTED'];

const failed = ({ source, detail }: BusEvent) =>
  source === 'aws.states' && ENDED_BADLY.includes(String(detail.status));

const failure = ({ detail }: BusEvent) =>
  [detail.name, detail.error, detail.cause].filter(Boolean).join(': ');
