import { Construct } from 'constructs';
import type { AppFunction } from './app-function.ts';
import { summedAlarms } from './summed-alarms.ts';

/** Alarms on failures and throttles of the functions. */
export class FunctionAlarms extends Construct {
  constructor(scope: Construct, functions: ReadonlyMap<string, AppFunction>) {
    super(scope, 'function-alarms');
    summedAlarms(this, 'errors', functions, {
      metricOf: (fn, options) => fn.metricErrors(options),
      what: (names) => `A function failed, one of ${names}.`,
      section: 'function-errors',
    });
    summedAlarms(this, 'throttles', functions, {
      metricOf: (fn, options) => fn.metricThrottles(options),
      what: (names) => `A function was throttled, one of ${names}.`,
      section: 'function-throttles',
    });
  }
}
