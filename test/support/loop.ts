import { setTimeout as pause } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';
import type { OutboxRow } from '../../functions/events/outbox.ts';
import type { TaskEvent } from '../../functions/events/tasks.ts';
import { registryTable } from '../../functions/registry/table.ts';
import { platformTable } from '../../functions/serving/table.ts';
import { metricsTable, trackingTable } from '../../functions/tracking/table.ts';
import {
  BUCKET,
  type ExecutionFailure,
  executionArn,
  machineArn,
  startFunctionServices,
} from './aws/function-services.ts';
import { outboxRows } from './outbox.ts';
import { PATIENCE_MS } from './patience.ts';
import { consume, invokeFunction } from './platform/functions.ts';

const MACHINES = ['validate', 'promote'] as const;

const VARIABLES = {
  SERVING_PYTHON_FUNCTION: 'ServingPython',
  POWERTOOLS_METRICS_DISABLED: 'true',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  STATE_MACHINE_VALIDATE: machineArn('validate'),
  STATE_MACHINE_PROMOTE: machineArn('promote'),
};

/** A function by its name in the state machines' placeholders. */
type Tasks = Record<string, (event: TaskEvent, context: Context) => Promise<unknown>>;

/** How a round of events is delivered; by default each once, in order. */
type Delivery = (rows: readonly OutboxRow[]) => readonly OutboxRow[];

/**
 * Validation and promotion as deployed, with the real engine, S3 and Step Functions: entry points,
 * state machine files and stores. Only the bus is the test's: it delivers the outbox as told.
 */
export async function startLoop() {
  Object.assign(process.env, VARIABLES);
  const tasks: Tasks = {};
  const none = () => Promise.reject(new Error('No training here'));
  const services = await startFunctionServices({
    tables: [registryTable, platformTable, trackingTable, metricsTable],
    machines: Object.fromEntries(MACHINES.map((name) => [name, {}])),
    invoke: (name, payload) => invokeFunction(tasks, name, payload),
    sageMaker: { create: none, ended: none, stop: none },
  });
  const functions = await loadFunctions();
  Object.assign(tasks, functions.tasks);
  const bus = new Bus(functions, services.failures);
  const s3Client = new S3Client({});
  const sfn = new SFNClient({});
  return {
    put: (key: string, body: string | Buffer) =>
      s3Client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body })),
    /** Replaces a task function until it is set back. */
    tasks,
    /** Delivers events until none is left and nothing runs, or `until` holds. */
    settle: async (options: { until?: () => Promise<boolean>; delivery?: Delivery } = {}) => {
      const { until = async () => !(await isRunning(sfn)), delivery = (rows) => rows } = options;
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(10)) {
        const brought = await bus.deliver(delivery);
        if (brought === 0 && (await until()) && (await bus.isEmpty())) return;
      }
      throw new Error('The loop did not come to rest');
    },
    /** Stops an execution as somebody does in AWS's console. */
    stopExecution: (machine: (typeof MACHINES)[number], name: string, why: object = {}) =>
      sfn.send(new StopExecutionCommand({ executionArn: executionArn(machine, name), ...why })),
    stop: async () => {
      s3Client.destroy();
      sfn.destroy();
      await services.stop();
    },
  };
}

export type Loop = Awaited<ReturnType<typeof startLoop>>;

interface LoopFunctions {
  readonly tasks: Tasks;
  /** By the events that they consume. */
  readonly consumers: Readonly<Record<string, readonly unknown[]>>;
  /** Who is told of executions that ended badly. */
  readonly validation: unknown;
  readonly promotion: unknown;
}

/** The entry points, once the variables that they read are set. */
async function loadFunctions(): Promise<LoopFunctions> {
  const [{ handler: validation }, { handler: promotion }, { handler: approvals }] =
    await Promise.all([
      import('../../functions/validation/validation.lambda.ts'),
      import('../../functions/promotion/promotion.lambda.ts'),
      import('../../functions/approvals/approvals.lambda.ts'),
    ]);
  const [validationTasks, promotionTasks] = await Promise.all([
    import('../../functions/validation/validation-tasks.lambda.ts'),
    import('../../functions/promotion/promotion-tasks.lambda.ts'),
  ]);
  return {
    tasks: {
      ValidationTasks: validationTasks.handler as Tasks[string],
      PromotionTasks: promotionTasks.handler as Tasks[string],
    },
    consumers: {
      ModelVersionRegistered: [validation],
      ModelVersionValidated: [promotion],
      RegisteredModelRenamed: [validation, promotion, approvals],
      ApprovalGranted: [approvals],
      ApprovalDenied: [approvals],
    },
    validation,
    promotion,
  };
}

/** Brings what the outbox and the executions announce to its consumers. */
class Bus {
  private readonly functions: LoopFunctions;
  private readonly failures: ExecutionFailure[];
  private readonly delivered = new Set<string>();

  constructor(functions: LoopFunctions, failures: ExecutionFailure[]) {
    this.functions = functions;
    this.failures = failures;
  }

  /** Resolves to the number of events that waited. */
  async deliver(delivery: Delivery): Promise<number> {
    for (const failure of this.failures.splice(0)) await this.bringFailure(failure);
    const rows = await this.waiting();
    for (const { detailType, detail } of delivery(rows)) {
      for (const consumer of this.functions.consumers[detailType] ?? []) {
        await consume(consumer, { 'detail-type': detailType, detail: JSON.parse(detail) });
      }
    }
    for (const { pk } of rows) this.delivered.add(pk);
    return rows.length;
  }

  async isEmpty(): Promise<boolean> {
    return this.failures.length === 0 && (await this.waiting()).length === 0;
  }

  private waiting(): Promise<OutboxRow[]> {
    return outboxRows('registry', this.delivered);
  }

  /** To the function of its domain, as its rule does: twice. */
  private async bringFailure(failure: ExecutionFailure): Promise<void> {
    const { validation, promotion } = this.functions;
    const isValidation = failure.detail.stateMachineArn === machineArn('validate');
    const consumer = isValidation ? validation : promotion;
    for (const one of [consumer, consumer]) await consume(one, failure);
  }
}

async function isRunning(sfn: SFNClient): Promise<boolean> {
  const lists = await Promise.all(
    MACHINES.map((name) =>
      sfn.send(
        new ListExecutionsCommand({ stateMachineArn: machineArn(name), statusFilter: 'RUNNING' }),
      ),
    ),
  );
  return lists.some(({ executions = [] }) => executions.length > 0);
}
