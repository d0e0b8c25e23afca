import { posix } from 'node:path';
import type { InferenceSession } from 'onnxruntime-web';
import { invalid } from '../../shared/errors.ts';
import { type Flavor, type ReadFile, requiredFile } from '../invoke/load-model.ts';
import { inputFormatOf } from '../invoke/request-table.ts';
import type { ScoringRequest } from '../invoke/scorer.ts';
import {
  enforceSignature,
  type InputColumns,
  type InputSpec,
  type TensorSpec,
} from '../invoke/signature.ts';
import { type Feeds, feedsOfColumns, feedsOfTensorColumns, feedsOfTensors } from './feeds.ts';
import { nest, type OnnxOutput, toOutput, toRecords, toRows } from './from-tensor.ts';
import { type ClassTable, openOnnxFile } from './model-file.ts';
import { isOutOfMemory, type OnnxRuntime, reasonOf } from './runtime.ts';
import { closeSession, type SessionSource, withSession } from './session-pool.ts';
import type { OnnxInput } from './to-tensor.ts';

/** Of a model with its weights: the runtime needs up to four times as much while it loads one. */
const MAX_MODEL_BYTES = 128 * 1024 * 1024;

/**
 * The flavor `onnx` of MLflow, answering as MLflow's own loader of it does: a data frame gives a
 * record per row, tensors give tensors by the names of the outputs.
 */
export const onnxFlavor: Flavor = {
  takesTensors: true,
  async load(path, { read, inputs, tensors }) {
    const model = new OnnxModel(path, read);
    await model.open();
    return {
      predict: async (columns) =>
        toRows(
          await model.run((runtime, taken) => feedsOfColumns(runtime, taken, columns)),
          columns.length,
        ),
      answer: (request) => answer(model, request, inputs, tensors),
      release: () => model.close(),
    };
  },
};

type MakeFeeds = (runtime: OnnxRuntime, inputs: readonly OnnxInput[]) => Feeds;

class OnnxModel {
  private readonly path: string;
  private readonly read: ReadFile;
  private classTables: ReadonlyMap<string, ClassTable> = new Map();

  constructor(path: string, read: ReadFile) {
    this.path = path;
    this.read = read;
  }

  /** Throws INVALID_PARAMETER_VALUE with the reason when it cannot be scored. */
  open(): Promise<void> {
    return withSession(this, this.source, async ({ inputMetadata }) => {
      for (const { name, isTensor } of inputMetadata) {
        if (!isTensor) throw invalid(`the input '${name}' of the ONNX model is no tensor`);
      }
    });
  }

  close(): Promise<void> {
    return closeSession(this);
  }

  /** The outputs in the model's order. Throws INVALID_PARAMETER_VALUE for feeds that it refuses. */
  run(makeFeeds: MakeFeeds): Promise<OnnxOutput[]> {
    return withSession(this, this.source, async (session, runtime) => {
      const feeds = makeFeeds(runtime, inputsOf(session));
      const outputs = await session.run(feeds).catch((error: unknown) => {
        if (isOutOfMemory(error)) throw error;
        throw invalid(`The ONNX model refuses the request: ${reasonOf(error)}`);
      });
      return session.outputNames.flatMap((name) => {
        const tensor = outputs[name];
        return tensor ? [toOutput(name, tensor, this.classTables.get(name))] : [];
      });
    });
  }

  private readonly source = async (): Promise<SessionSource> => {
    const content = await this.required(this.path);
    const { bytes, classTables, externalFiles } = openOnnxFile(content);
    this.classTables = classTables;
    let size = content.length;
    const externalData: { path: string; data: Uint8Array }[] = [];
    for (const path of externalFiles) {
      const data = await this.required(posix.join(posix.dirname(this.path), path));
      size += data.length;
      requireSize(size);
      externalData.push({ path, data });
    }
    requireSize(size);
    return { bytes, externalData };
  };

  private async required(path: string): Promise<Buffer> {
    return requiredFile(this.read, path, MAX_MODEL_BYTES);
  }
}

function requireSize(size: number): void {
  if (size <= MAX_MODEL_BYTES) return;
  throw invalid(
    `the ONNX model has more than the ${MAX_MODEL_BYTES >> 20} MiB that are scored in the function`,
  );
}

const inputsOf = ({ inputMetadata }: InferenceSession): OnnxInput[] =>
  inputMetadata.flatMap((input) => (input.isTensor ? [input] : []));

async function answer(
  model: OnnxModel,
  request: ScoringRequest,
  inputs: readonly InputSpec[] | undefined,
  tensors: readonly TensorSpec[] | undefined,
): Promise<unknown> {
  const given = inputs ? undefined : tensorsIn(request);
  if (given !== undefined) {
    return byName(
      await model.run((runtime, taken) => feedsOfTensors(runtime, taken, tensors, given)),
    );
  }
  const columns = columnsOf(request, inputs);
  if (columns.length === 0) return [];
  if (tensors) {
    return byName(
      await model.run((runtime, taken) => feedsOfTensorColumns(runtime, taken, tensors, columns)),
    );
  }
  const outputs = await model.run((runtime, taken) => feedsOfColumns(runtime, taken, columns));
  return toRecords(outputs, columns.length);
}

const byName = (outputs: readonly OnnxOutput[]) =>
  Object.fromEntries(outputs.map((output) => [output.name, nest(output)]));

/** What stands under `instances` or `inputs`: tensors, where no signature tells of columns. */
function tensorsIn({ body, contentType }: ScoringRequest): unknown {
  if (/^text\/csv\b/i.test(contentType)) return undefined;
  const { format, value } = inputFormatOf(JSON.parse(body.toString('utf8')));
  return ['instances', 'inputs'].includes(format) ? value : undefined;
}

function columnsOf(
  request: ScoringRequest,
  inputs: readonly InputSpec[] | undefined,
): InputColumns {
  const table = request.table();
  if (inputs || table.columns) return enforceSignature(table, inputs);
  // A data frame without names: its columns have numbers.
  const columns = (table.rows[0] ?? []).map((_, i) => String(i));
  return enforceSignature({ ...table, columns }, inputs);
}
