import type { BusEvent } from './eventbridge/event.ts';
import type { FunctionError } from './lambda/environments/protocol.ts';

/** Told of what happens in a host, so that a person can watch; may not throw. */
export interface Observer {
  event?(event: BusEvent): void;
  functionError?(functionName: string, error: FunctionError): void;
  request?(method: string, target: string, status: number, milliseconds: number): void;
}
