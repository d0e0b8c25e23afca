import * as z from 'zod';

const text = z.string().min(1);

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
export const alarmSchema = z.strictObject({
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

export type Alarm = z.infer<typeof alarmSchema>;

export const namesSchema = z.strictObject({ AlarmNames: z.array(text).max(100) });
export const describedSchema = z.strictObject({ AlarmNames: z.array(text).optional() });
