import type { LoadedModel, ScoreInPython } from '../serving/index.ts';
import { invalid } from '../shared/errors.ts';
import { loadInPython, scoreInPython } from './python-store.ts';

/** Where an artefact lies in S3. */
export interface Location {
  readonly bucket: string;
  readonly key: string;
}

/** What Python is asked with: why environments could not be built, if so; and, for tests, who answers. */
export interface PythonScoring {
  readonly unbuilt: string;
  readonly score?: ScoreInPython;
  readonly load?: typeof loadInPython;
}

/** A function takes and answers 6 MB; an answer may be longer than its question. */
const MAX_BYTES = 1_500_000;
const MAX_ROWS = 5000;

/** Below the time of the function that scores, which loads the model first. */
const TIMEOUT_MS = 110_000;
const MAX_ATTEMPTS = 3;

/** A model that is scored where endpoints have it scored: in Python, by MLflow's own code. */
export function pythonModel(
  location: Location,
  inputs: LoadedModel['inputs'],
  { unbuilt, score = scoreInPython }: PythonScoring,
): LoadedModel {
  const ask = async (body: string): Promise<unknown> => {
    const event = { location, body, content_type: 'application/json', timeout_ms: TIMEOUT_MS };
    for (let attempt = 1; ; attempt++) {
      const answer = await score({ score: event });
      if ('body' in answer) return JSON.parse(answer.body);
      const loading = answer.error_code === 'TEMPORARILY_UNAVAILABLE';
      if (!loading || attempt === MAX_ATTEMPTS) throw invalid(answer.message);
    }
  };
  return {
    ...(inputs && { inputs }),
    predict: async ({ columns, length }) => {
      if (unbuilt !== '') throw invalid(unbuiltProblem(unbuilt));
      const names = [...columns.keys()];
      const predictions: unknown[] = [];
      for (const rows of parts([...columns.values()], length)) {
        const body = `{"dataframe_split":{"columns":${JSON.stringify(names)},"data":[${rows}]}}`;
        predictions.push(...predictionsIn(await ask(body), rows.length));
      }
      return predictions;
    },
  };
}

/** Throws INVALID_PARAMETER_VALUE with the reason when Python cannot load a model. */
export async function requireLoadable(
  location: Location,
  { unbuilt, load = loadInPython }: PythonScoring,
): Promise<void> {
  const problem = unbuilt === '' ? await load(location) : unbuiltProblem(unbuilt);
  if (problem !== undefined) throw invalid(problem);
}

const unbuiltProblem = (unbuilt: string) => `the environment cannot be built: ${unbuilt}`;

/** Rows as JSON, as many together as a request holds. */
function* parts(columns: readonly (readonly unknown[])[], length: number): Generator<string[]> {
  let rows: string[] = [];
  let bytes = 0;
  for (let i = 0; i < length; i++) {
    const row = JSON.stringify(columns.map((values) => values[i] ?? null));
    const more = Buffer.byteLength(row) + 1;
    if (rows.length === MAX_ROWS || (rows.length > 0 && bytes + more > MAX_BYTES)) {
      yield rows;
      [rows, bytes] = [[], 0];
    }
    rows.push(row);
    bytes += more;
  }
  if (rows.length > 0) yield rows;
}

function predictionsIn(answer: unknown, rows: number): unknown[] {
  const { predictions } = (answer ?? {}) as { predictions?: unknown };
  if (Array.isArray(predictions) && predictions.length === rows) return predictions;
  throw invalid(`the model does not answer ${rows} rows with as many predictions`);
}
