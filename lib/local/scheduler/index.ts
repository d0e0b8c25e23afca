import { join } from 'node:path';
import type { AwsService, Deliver, Lifecycle, ResourceProvider } from '../service.ts';
import { openDatabase } from '../shared/database.ts';
import { parseProperties } from '../shared/parse-input.ts';
import { UnsupportedError } from '../shared/properties.ts';
import {
  GROUP_PROPERTIES,
  groupArn,
  SCHEDULE_PROPERTIES,
  scheduleArn,
  scheduleDefinition,
} from './schedule.ts';
import { schedulerApi } from './scheduler-api.ts';
import { Schedules } from './schedules.ts';

interface SchedulerOptions {
  readonly dataDir: string;
  readonly deliver: Deliver;
}

interface Scheduler extends AwsService, Lifecycle {
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
      if (!schedules.hasGroup(definition.GroupName)) {
        throw new UnsupportedError(
          `${logicalId}: there is no schedule group ${definition.GroupName}`,
        );
      }
      schedules.declare(definition);
      return { ref: definition.Name, attributes: { Arn: scheduleArn(definition) } };
    },
  };
  const groupProvider: ResourceProvider = {
    type: 'AWS::Scheduler::ScheduleGroup',
    properties: GROUP_PROPERTIES,
    create: (logicalId, properties) => {
      const name = String(properties.Name ?? logicalId);
      schedules.declareGroup(name);
      return { ref: name, attributes: { Arn: groupArn(name) } };
    },
  };
  return {
    ...schedulerApi(schedules),
    providers: [provider, groupProvider],
    reset: () => schedules.reset(),
    start: async () => schedules.start(),
    stop: async () => {
      await schedules.stop();
      database.close();
    },
  };
}
