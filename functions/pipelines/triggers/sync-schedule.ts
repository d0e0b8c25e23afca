import { getPipeline } from '../pipeline-store.ts';
import { scheduleName, scheduleOf } from './schedule.ts';
import { deleteSchedule, putSchedule } from './schedule-store.ts';

const MAX_ROUNDS = 10;

/**
 * Makes a pipeline's schedule what its definition says now. Definitions that change meanwhile are
 * seen: whoever writes a schedule last has read the definition after writing.
 */
export async function syncSchedule(name: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await getPipeline(name);
    const schedule = before && scheduleOf(before);
    if (schedule) await putSchedule(schedule);
    else await deleteSchedule(scheduleName(name));
    const after = await getPipeline(name);
    if (after?.revision === before?.revision && after?.createdAt === before?.createdAt) return;
  }
  throw new Error(`The definition of pipeline ${name} changes too often`);
}
