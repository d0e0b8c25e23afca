import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { AwsService, Lifecycle } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { openDatabase } from '../shared/database.ts';
import { parseInput } from '../shared/parse-input.ts';

/** Between two looks at the metrics; CloudWatch takes a minute and more. */
const EVERY_MS = 250;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html */
const INVALID = 'ValidationError';

/** The present value of a metric; undefined when there is none. */
export type Metric = (
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
) => number | undefined;

interface CloudWatchOptions {
  readonly dataDir: string;
  readonly metric: Metric;
  /** Carries out the action of an alarm that is raised; called again for as long as it is. */
  readonly act: (actionArn: string) => void;
}

interface CloudWatch extends AwsService, Lifecycle {
  /** Forgets every alarm that was made by call. */
  reset(): void;
}

const text = z.string().min(1);

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const alarmSchema = z.strictObject({
  AlarmName: text,
  AlarmDescription: z.string().optional(),
  AlarmActions: z.array(text).default([]),
  Namespace: text,
  MetricName: text,
  Dimensions: z.array(z.strictObject({ Name: text, Value: text })).default([]),
  Statistic: z.enum(['Average', 'Maximum', 'Minimum']),
  Period: z.number().int().min(10),
  EvaluationPeriods: z.number().int().min(1),
  DatapointsToAlarm: z.number().int().min(1).optional(),
  Threshold: z.number(),
  ComparisonOperator: z.enum(['GreaterThanThreshold', 'GreaterThanOrEqualToThreshold']),
  TreatMissingData: z.literal('missing').optional(),
});

type Alarm = z.infer<typeof alarmSchema>;

const names = z.strictObject({ AlarmNames: z.array(text).max(100) });
const described = z.strictObject({ AlarmNames: z.array(text).optional() });

const SCHEMA = `
CREATE TABLE IF NOT EXISTS alarms (
  name TEXT PRIMARY KEY,
  alarm TEXT NOT NULL
) WITHOUT ROWID;
`;

/** Alarms that are made by call, durable in `cloudwatch.db`. */
export function createCloudWatch({ dataDir, metric, act }: CloudWatchOptions): CloudWatch {
  const database = openDatabase(join(dataDir, 'cloudwatch.db'), SCHEMA);
  const alarms = new Map(stored(database).map((alarm) => [alarm.AlarmName, alarm]));
  let timer: NodeJS.Timeout | undefined;

  const present = ({ Namespace, MetricName, Dimensions }: Alarm) =>
    metric(
      Namespace,
      MetricName,
      Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    );
  const isRaised = (alarm: Alarm): boolean | undefined => {
    const value = present(alarm);
    if (value === undefined) return undefined;
    const { ComparisonOperator: operator, Threshold } = alarm;
    return operator === 'GreaterThanThreshold' ? value > Threshold : value >= Threshold;
  };

  const json = awsJsonService({
    signingName: 'monitoring',
    version: '1.0',
    operations: {
      PutMetricAlarm: (input) => {
        const alarm = parseInput(alarmSchema, input, INVALID);
        database
          .prepare('INSERT OR REPLACE INTO alarms (name, alarm) VALUES (?, ?)')
          .run(alarm.AlarmName, JSON.stringify(alarm));
        alarms.set(alarm.AlarmName, alarm);
      },
      DeleteAlarms: (input) => {
        for (const name of parseInput(names, input, INVALID).AlarmNames) {
          database.prepare('DELETE FROM alarms WHERE name = ?').run(name);
          alarms.delete(name);
        }
      },
      DescribeAlarms: (input) => {
        const { AlarmNames: wanted } = parseInput(described, input, INVALID);
        const found = [...alarms.values()].filter(
          ({ AlarmName }) => !wanted || wanted.includes(AlarmName),
        );
        return {
          MetricAlarms: found.map((alarm) => ({
            ...alarm,
            AlarmArn: arn('cloudwatch', `alarm:${alarm.AlarmName}`),
            StateValue: STATES[String(isRaised(alarm))],
          })),
        };
      },
    },
  });

  const look = () => {
    for (const alarm of alarms.values()) {
      if (isRaised(alarm)) for (const action of alarm.AlarmActions) act(action);
    }
  };

  return {
    ...json,
    start: async () => {
      timer = setInterval(look, EVERY_MS);
    },
    stop: async () => {
      clearInterval(timer);
      database.close();
    },
    reset: () => {
      database.exec('DELETE FROM alarms');
      alarms.clear();
    },
  };
}

const STATES: Readonly<Record<string, string>> = {
  true: 'ALARM',
  false: 'OK',
  undefined: 'INSUFFICIENT_DATA',
};

const stored = (database: DatabaseSync): Alarm[] =>
  database
    .prepare('SELECT alarm FROM alarms')
    .all()
    .map(({ alarm }) => JSON.parse(String(alarm)) as Alarm);
