import { join } from 'node:path';
import type { AwsService, Deliver, Lifecycle, ResourceProvider } from '../service.ts';
import { openDatabase } from '../shared/database.ts';
import { parseProperties } from '../shared/parse-input.ts';
import { SCHEDULE_PROPERTIES, scheduleArn, scheduleDefinition } from './schedule.ts';
import { schedulerApi } from './scheduler-api.ts';
import { Schedules } from './schedules.ts';

export interface SchedulerOptions {
  readonly dataDir: string;
  readonly deliver: Deliver;
}

export interface Scheduler extends AwsService, Lifecycle {
  readonly providers: readonly ResourceProvider[];
  /** Forgets schedules made by call, and runs on their way. */
  reset(): void;
}

/** EventBridge Scheduler on this machine, durable in `scheduler.db`. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const database = openDatabase(join(options.dataDir, 'scheduler.db'), '');
  const schedules = new Schedules(database, options.deliver);
  const provider: ResourceProvider = {
    type: 'AWS::Scheduler::Schedule',
    properties: SCHEDULE_PROPERTIES,
    create: (logicalId, properties) => {
      const named = { Name: logicalId, ...properties };
      const definition = parseProperties(logicalId, scheduleDefinition, named);
      schedules.declare(definition);
      return { ref: definition.Name, attributes: { Arn: scheduleArn(definition.Name) } };
    },
  };
  return {
    ...schedulerApi(schedules),
    providers: [provider],
    reset: () => schedules.reset(),
    start: async () => schedules.start(),
    stop: async () => {
      await schedules.stop();
      database.close();
    },
  };
}
