import { findModel } from '../logged-models/index.ts';
import { decodeBody, string } from '../mlflow/index.ts';
import type { OperationContext } from '../shared/context.ts';
import type { HttpRequest } from '../shared/http/api.ts';
import type { JsonOperation } from '../shared/http/json-api.ts';
import { isExperimentId, requireLevelOn, requireLevelOnRun } from '../tracking/index.ts';
import { checkArtifactPath } from './artifact-path.ts';

type Check = (request: HttpRequest, context: OperationContext) => Promise<void>;

/**
 * Files of the proxy lie in a folder of their experiment, unless it was made with a location of its own;
 * other folders are for everybody with a token, as in MLflow.
 */
const ofFolder: Check = async ({ params }, context) => {
  const [folder = ''] = checkArtifactPath(params.path ?? '').split('/');
  if (isExperimentId(folder)) await requireLevelOn(folder, 'CAN_EDIT', context);
};

async function requireEditorOfRun(runId: string | undefined, context: OperationContext) {
  if (runId) await requireLevelOnRun(runId, 'CAN_EDIT', context);
}

/** What a caller needs to store and delete files; everybody with a token may read. */
const CHECKS: Readonly<Partial<Record<string, Check>>> = {
  uploadArtifact: ofFolder,
  deleteArtifacts: ofFolder,
  createMultipartUpload: ofFolder,
  completeMultipartUpload: ofFolder,
  abortMultipartUpload: ofFolder,
  uploadRunArtifact: ({ query }, context) => requireEditorOfRun(query.run_uuid, context),
  createPresignedUploadUrl: async ({ body }, context) => {
    const { run_id, model_id } = decodeBody(body, OWNER);
    if (run_id || !model_id) return requireEditorOfRun(run_id, context);
    const model = await findModel(model_id);
    if (model) await requireLevelOn(model.experiment_id, 'CAN_EDIT', context);
  },
};

/** Parameters that name the owner of a file. If both are given, the run counts. */
export const OWNER = { run_id: { ...string, alias: 'run_uuid' }, model_id: string } as const;

/** The same operations, refused to callers who may not edit the experiment that the files belong to. */
export function guarded<T extends Readonly<Record<string, JsonOperation>>>(operations: T): T {
  const entries = Object.entries(operations).map(([name, run]): [string, JsonOperation] => {
    const check = CHECKS[name];
    if (!check) return [name, run];
    return [
      name,
      async (request, context) => {
        await check(request, context);
        return run(request, context);
      },
    ];
  });
  return Object.fromEntries(entries) as T;
}
