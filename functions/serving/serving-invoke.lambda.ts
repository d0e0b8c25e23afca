import type { Context } from 'aws-lambda';
import { systemClock } from '../shared/clock.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi } from '../shared/http/json-api.ts';
import { summaryOf } from './endpoints/endpoint.ts';
import { getEndpoint, getLive } from './endpoints/endpoint-store.ts';
import { loadScorer } from './invoke/load-scorer.ts';
import { logRequest } from './invoke/log-later.ts';
import { artefactReader } from './invoke/object-store.ts';
import { dataPathOperations } from './invoke/operations.ts';
import { isPrepareEvent, type PrepareEvent, prepareModel } from './invoke/prepare-model.ts';
import { scoreInPython } from './invoke/python-store.ts';
import { scoreOnSageMaker } from './invoke/sagemaker-store.ts';
import { Snapshots } from './invoke/snapshots.ts';
import { queueRequest } from './queue/queue-request.ts';
import { servingRoutes } from './routes.ts';

const elsewhere = { python: scoreInPython, sageMaker: scoreOnSageMaker };
const snapshots = new Snapshots({
  readLive: getLive,
  loadModel: (version) => loadScorer(version, artefactReader(version.location), elsewhere),
  clock: systemClock,
});

const http = jsonApi(
  servingRoutes,
  'serving-invoke',
  dataPathOperations({
    snapshot: snapshots.get,
    log: logRequest,
    queue: queueRequest,
    whyNotLive: async (name) => {
      const endpoint = await getEndpoint(name);
      return endpoint && summaryOf(endpoint);
    },
  }),
);

export const handler = (event: HttpEvent | PrepareEvent, context: Context) =>
  isPrepareEvent(event) ? prepareModel(event.prepare, snapshots.prepare) : http(event, context);
