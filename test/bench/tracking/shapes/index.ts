import { downloadArtifact, listArtifacts, uploadArtifact } from './artifacts.ts';
import { longHistory, sampledHistory, shortHistory } from './histories.ts';
import { getRun, searchExperiments } from './reads.ts';
import { FILTERED, search } from './searches.ts';
import type { Shape } from './shape.ts';
import { getTrace, logTrace, searchTraces } from './traces.ts';
import { createRun, metricBatch, onePoint, paramBatch } from './writes.ts';

export type { Bench, Shape } from './shape.ts';

export const SHAPES: readonly Shape[] = [
  createRun(),
  onePoint(),
  metricBatch(10, 4),
  metricBatch(100, 4),
  metricBatch(500, 2),
  paramBatch(10),
  paramBatch(100),
  getRun,
  searchExperiments,
  shortHistory,
  longHistory,
  sampledHistory,
  uploadArtifact('2 KB', 2 << 10),
  downloadArtifact('2 KB', 2 << 10),
  uploadArtifact('20 MB', 20 << 20),
  downloadArtifact('20 MB', 20 << 20),
  listArtifacts(100),
  logTrace(10),
  getTrace(100),
  searchTraces(2000),
  ...[1000, 23_500, 100_000].flatMap((size) => [
    search('Newest 100', size, { max_results: 100 }, 100),
    search('Filter and order, 20', size, FILTERED, 20),
    ...(size > 1000
      ? [
          search('SearchRuns 1,000', size, { max_results: 1000 }, 1000),
          search('Page 50 of 100', size, { max_results: 100 }, 100, 49),
        ]
      : []),
  ]),
];
