import { API, good, newRuns, type Shape } from './shape.ts';

export const getRun: Shape = {
  name: 'GetRun',
  group: 'read',
  users: 20,
  maxRequests: 20_000,
  prepare: async (bench) => {
    const [run_id = ''] = await newRuns(bench, 1);
    const metrics = Array.from({ length: 10 }, (_, n) => ({
      key: `m${n}`,
      value: n,
      timestamp: 1,
      step: 0,
    }));
    const params = Array.from({ length: 10 }, (_, n) => ({ key: `p${n}`, value: `${n}` }));
    await good(bench, 'POST', `${API}/runs/log-batch`, { run_id, metrics, params });
    return async () => void (await good(bench, 'GET', `${API}/runs/get?run_id=${run_id}`));
  },
};

export const searchExperiments: Shape = {
  name: 'SearchExperiments',
  group: 'read',
  users: 20,
  maxRequests: 20_000,
  prepare: async (bench) => async () => {
    await good(bench, 'POST', `${API}/experiments/search`, { max_results: 100 });
  },
};
