import { expect } from 'vitest';
import type { Platform } from '../../support/platform.ts';

/** An execution as the API shows it. */
export interface ExecutionView {
  readonly id: string;
  readonly status: string;
  readonly steps: readonly {
    readonly name: string;
    readonly status: string;
    readonly outputs: Readonly<Record<string, string>>;
    readonly error?: { readonly code: string; readonly message: string };
  }[];
  readonly outputs: {
    readonly run_id: string;
    readonly model_version?: string;
    readonly best_trial?: { readonly run_id: string };
  };
  readonly [field: string]: unknown;
}

/** The API of pipelines, of the platform that there is when it is called. */
export function pipelinesApi(platform: () => Platform) {
  /** Defines a pipeline that trains the model of its name. */
  async function define(name: string, over: object = {}) {
    const data = { train: 's3://artifacts/train', label: 'late' };
    const path = `/api/slipway/v1/pipelines/${name}`;
    const answer = await platform().pipelines('PUT', path, { model: name, data, ...over });
    expect(answer).toMatchObject({ status: 200 });
  }

  async function start(name: string, body: object = {}) {
    const path = `/api/slipway/v1/pipelines/${name}/executions`;
    return (await platform().pipelines<ExecutionView>('POST', path, body)).body;
  }

  async function get(id: string) {
    const path = `/api/slipway/v1/executions/${id}`;
    return (await platform().pipelines<ExecutionView>('GET', path)).body;
  }

  const act = (id: string, action: 'stop' | 'retry') =>
    platform().pipelines<ExecutionView>('POST', `/api/slipway/v1/executions/${id}/${action}`);

  /** Delivers events until the execution is as it should be. */
  const until = (id: string, holds: (execution: ExecutionView) => boolean) =>
    platform().settleUntil(() => get(id), holds);

  /** Delivers events until the execution is over. */
  async function ended(id: string, status: string = expect.any(String)) {
    const execution = await until(id, isOver);
    expect(execution).toMatchObject({ status });
    return execution;
  }

  return { define, start, get, act, until, ended };
}

export const isOver = ({ status }: ExecutionView) => !['RUNNING', 'QUEUED'].includes(status);
