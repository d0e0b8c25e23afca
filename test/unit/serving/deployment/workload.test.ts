import { expect, it } from 'vitest';
import { checkWorkload, workloadOf } from '../../../../functions/serving/deployment/workload.ts';

it.each([
  ['GPU_SMALL', 'ml.g4dn.xlarge'],
  ['GPU_MEDIUM', 'ml.g5.2xlarge'],
  ['MULTIGPU_MEDIUM', 'ml.g5.12xlarge'],
  ['GPU_MEDIUM_8', 'ml.g5.48xlarge'],
  ['GPU_LARGE', 'ml.g6e.4xlarge'],
  ['GPU_XLARGE', 'ml.p5.4xlarge'],
  ['GPU_XLARGE_8', 'ml.p5.48xlarge'],
])('an entity of the type %s runs on %s', (workload_type, instance_type) => {
  checkWorkload({ workload_type });
  expect(workloadOf({ workload_type })).toEqual({ instance_type, instance_count: 1 });
});

it.each(['CPU', 'CPU_MEDIUM', 'CPU_LARGE'])(
  'an entity of the type %s is scored in a function',
  (workload_type) => {
    checkWorkload({ workload_type });
    expect(workloadOf({ workload_type })).toBeUndefined();
  },
);
