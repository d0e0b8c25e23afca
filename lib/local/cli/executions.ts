import {
  DescribeExecutionCommand,
  type ExecutionStatus,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { UsageError } from '../usage-error.ts';
import { awsClientConfig } from './aws-client.ts';
import { count, operatorOptions, runningHost } from './operator-options.ts';
import { print, tableLines } from './print.ts';

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

/** `slipway executions [machine]`: the newest executions of the state machines. */
export async function executions(args: readonly string[]): Promise<number> {
  const own = { status: { type: 'string' }, limit: { type: 'string', default: '20' } } as const;
  const { values, positionals } = operatorOptions(args, own, 1);
  const wanted = values.status?.toUpperCase();
  if (wanted && !STATUSES.includes(wanted)) {
    throw new UsageError(`--status must be one of ${STATUSES.join(', ')}`);
  }
  const limit = count(values.limit, '--limit');
  const sfn = new SFNClient(awsClientConfig(runningHost(values['data-dir'])));
  const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
  const [machine] = positionals;
  const chosen = stateMachines.filter(({ name = '' }) => !machine || name.endsWith(machine));
  if (machine && chosen.length === 0) {
    const names = stateMachines.map(({ name }) => name).join(', ');
    throw new UsageError(`There is no state machine '${machine}', but ${names}`);
  }
  const listed = await Promise.all(
    chosen.map(async ({ name = '', stateMachineArn }) => {
      const query = { stateMachineArn, maxResults: limit };
      const request = wanted ? { ...query, statusFilter: wanted as ExecutionStatus } : query;
      const page = await sfn.send(new ListExecutionsCommand(request));
      return (page.executions ?? []).map((execution) => ({ machine: name, ...execution }));
    }),
  );
  const newest = listed
    .flat()
    .sort((a, b) => Number(b.startDate) - Number(a.startDate))
    .slice(0, limit);
  const found = await Promise.all(
    newest.map(async ({ machine: name, executionArn, startDate, stopDate, status }) => {
      const { error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return {
        state_machine: name,
        name: executionArn?.split(':').at(-1) ?? '',
        status: status ?? '',
        started: startDate?.toISOString() ?? '',
        milliseconds: Number(stopDate ?? Date.now()) - Number(startDate),
        error: error ?? null,
        cause: cause ?? null,
      };
    }),
  );
  print(values.json, { executions: found }, () =>
    tableLines([
      ['started', 'state machine', 'status', 'took', 'name', ''],
      ...found.map((one) => [
        one.started,
        one.state_machine,
        one.status,
        `${(one.milliseconds / 1000).toFixed(1)} s`,
        one.name,
        [one.error, one.cause].filter(Boolean).join(': ').slice(0, 120),
      ]),
    ]),
  );
  return 0;
}
