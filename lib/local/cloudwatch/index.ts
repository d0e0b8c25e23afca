import type { AwsService, Lifecycle } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { parseInput } from '../shared/parse-input.ts';
import { AlarmStore } from './alarm-store.ts';
import { type Alarm, alarmSchema, describedSchema, namesSchema } from './requests.ts';

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

/** Alarms that are made by call, durable in `cloudwatch.db`. */
export function createCloudWatch({ dataDir, metric, act }: CloudWatchOptions): CloudWatch {
  const store = new AlarmStore(dataDir);
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
      PutMetricAlarm: (input) => store.put(parseInput(alarmSchema, input, INVALID)),
      DeleteAlarms: (input) => {
        for (const name of parseInput(namesSchema, input, INVALID).AlarmNames) store.delete(name);
      },
      DescribeAlarms: (input) => {
        const { AlarmNames: wanted } = parseInput(describedSchema, input, INVALID);
        const found = [...store.alarms.values()].filter(
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
    for (const alarm of store.alarms.values()) {
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
      store.close();
    },
    reset: () => store.clear(),
  };
}

const STATES: Readonly<Record<string, string>> = {
  true: 'ALARM',
  false: 'OK',
  undefined: 'INSUFFICIENT_DATA',
};
