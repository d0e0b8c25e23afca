import type { DatabaseSync } from 'node:sqlite';
import { DeliveryQueue } from '../deliveries/delivery-queue.ts';
import type { Deliver } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { transaction } from '../shared/database.ts';
import {
  DEFAULT_GROUP,
  isOver,
  nextRun,
  type ScheduleDefinition,
  type ScheduleId,
  scheduleArn,
} from './schedule.ts';
import { letterOf } from './schedule-run.ts';
import { ScheduleStore, type StoredSchedule } from './schedule-store.ts';

/** Timers that wait longer drift, and overflow after 24 days. */
const LONGEST_WAIT_MS = 60_000;

/** Until schedules whose runs could not be written down are looked at again. */
const RETRY_MS = 1000;

/** The schedules and the clock that runs them. Runs missed while nothing ran are made up once. */
export class Schedules {
  private readonly database: DatabaseSync;
  private readonly store: ScheduleStore;
  private readonly deliveries: DeliveryQueue;
  private readonly declared = new Set<string>();
  private readonly groups = new Set([DEFAULT_GROUP]);
  private timer: NodeJS.Timeout | undefined;
  private running = false;

  constructor(database: DatabaseSync, deliver: Deliver) {
    this.database = database;
    this.store = new ScheduleStore(database);
    this.deliveries = new DeliveryQueue(database, deliver, 'SCHEDULE_ARN');
  }

  /** Declares a group of the template. */
  declareGroup(name: string): void {
    this.groups.add(name);
  }

  hasGroup(name: string): boolean {
    return this.groups.has(name);
  }

  /** Throws `ResourceNotFoundException`. */
  checkGroup(name: string): void {
    if (this.hasGroup(name)) return;
    throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404);
  }

  /** Declares a schedule of the template; one that the template says nothing new about goes on. */
  declare(definition: ScheduleDefinition): void {
    this.declared.add(scheduleArn(definition));
    const declared = JSON.stringify(definition);
    const before = this.store.get(definition);
    if (before?.declared === declared) return;
    this.put(definition, { created: before?.created ?? Date.now(), token: '', declared }, before);
  }

  /** Throws `ConflictException` for a name in use, unless the same call made it. */
  create(definition: ScheduleDefinition, token: string): void {
    this.checkGroup(definition.GroupName);
    const before = this.store.get(definition);
    if (before && before.token === token && token !== '') return;
    if (before) {
      throw new AwsError('ConflictException', `Schedule ${definition.Name} already exists.`, 409);
    }
    this.put(definition, { created: Date.now(), token, declared: '' });
  }

  update(definition: ScheduleDefinition): void {
    const before = this.find(definition);
    const { created, token, declared } = before;
    this.put(definition, { created, token, declared }, before);
  }

  /** Throws `ResourceNotFoundException`. */
  find(id: ScheduleId): StoredSchedule {
    this.checkGroup(id.GroupName);
    const schedule = this.store.get(id);
    if (schedule) return schedule;
    throw new AwsError('ResourceNotFoundException', `Schedule ${id.Name} does not exist.`, 404);
  }

  delete(id: ScheduleId): void {
    this.find(id);
    this.store.delete(id);
  }

  /** In the order of groups and names, after `<group>/<name>`. */
  list(after: string): StoredSchedule[] {
    return this.store.list(after);
  }

  /** Schedules that the template no longer has are gone from here on. */
  start(): void {
    for (const { definition, declared } of this.store.list()) {
      const dropped = declared !== '' && !this.declared.has(scheduleArn(definition));
      if (dropped) this.store.delete(definition);
    }
    this.running = true;
    this.deliveries.start();
    this.runDue();
  }

  async stop(): Promise<void> {
    this.running = false;
    clearTimeout(this.timer);
    await this.deliveries.stop();
  }

  /** Forgets schedules made by call and runs on their way. */
  reset(): void {
    this.deliveries.clear();
    for (const { definition, declared } of this.store.list()) {
      if (declared === '') this.store.delete(definition);
    }
  }

  private put(
    definition: ScheduleDefinition,
    more: Pick<StoredSchedule, 'created' | 'token' | 'declared'>,
    before?: StoredSchedule,
  ): void {
    const modified = Date.now();
    const over = before !== undefined && isOver(before, definition);
    const next = over ? undefined : nextRun(definition, modified - 1, modified);
    if (next === undefined && !over && definition.State === 'ENABLED') {
      console.error(
        `Schedule ${definition.Name} never runs: ${definition.ScheduleExpression} is past`,
      );
    }
    this.store.put({ ...more, definition, modified, next });
    if (this.running) this.runDue();
  }

  /** Sends what is due and sets the clock for what comes next. */
  private runDue(): void {
    clearTimeout(this.timer);
    let wait = RETRY_MS;
    try {
      this.sendDue(Date.now());
      wait = (this.store.firstDue() ?? Number.POSITIVE_INFINITY) - Date.now();
    } catch (error) {
      // A full disk, for example: what is due stays due.
      console.error('Schedules stand still:', error);
    }
    this.timer = setTimeout(() => this.runDue(), Math.min(Math.max(wait, 1), LONGEST_WAIT_MS));
  }

  private sendDue(now: number): void {
    transaction(this.database, () => {
      for (const { definition, next, modified } of this.store.due(now)) {
        this.deliveries.add([letterOf(definition, next ?? now)]);
        const following = nextRun(definition, now, modified);
        const over = following === undefined && definition.ActionAfterCompletion === 'DELETE';
        if (over) this.store.delete(definition);
        else this.store.setNext(definition, following);
      }
    });
    this.deliveries.wake();
  }
}
