import type { LiveEntity } from '../endpoints/endpoint.ts';
import { chooseMirrors } from './choose-entities.ts';
import { inTime } from './in-time.ts';
import type { ShadowAnswer } from './log-entry.ts';
import { codeOf, messageOf, predict, type Spent } from './predict.ts';
import type { ScoringRequest } from './scorer.ts';
import type { Snapshot } from './snapshots.ts';

/** So long a caller waits at least for the mirrors once his answer is there. */
const LEAST_PATIENCE_MS = 250;

/** The question that mirrors are asked. */
interface Mirrored {
  readonly snapshot: Snapshot;
  /** The entity whose answer the caller gets, unless another one has to stand in. */
  readonly chosen: LiveEntity;
  readonly request: ScoringRequest;
  /** What decides which mirrors see the request. */
  readonly identity: string;
  readonly spent: Spent;
}

/**
 * Asks the mirrors of a request. Those that answer in another process begin at once, beside the answer;
 * those of this process only when it is there, for they would hold it up. What a function does after its
 * answer is lost on Lambda, so the answer waits for the mirrors: at most as long as it took itself, or
 * 250 ms when it was quicker. Mirrors that take longer are logged as late, and never touch the answer.
 */
export function askMirrors(given: Mirrored) {
  const { snapshot, chosen, identity } = given;
  const asked = chooseMirrors(snapshot.live, chosen, identity).map((entity) => {
    const isHere = snapshot.models.get(entity)?.runtime === 'native';
    return { entity, answer: isHere ? undefined : askMirror(entity, given) };
  });
  return {
    /** What they said; `answering` is the entity that the caller was answered by. */
    answers: (answering: LiveEntity, answeredInMs: number): Promise<ShadowAnswer[]> => {
      const patienceMs = Math.max(LEAST_PATIENCE_MS, answeredInMs);
      const others = asked.filter(({ entity }) => entity !== answering);
      return Promise.all(
        others.map(({ entity, answer = askMirror(entity, given) }) =>
          inTime(answer, patienceMs, () => tooLate(entity, patienceMs)),
        ),
      );
    },
  };
}

/** Never rejects: errors of mirrors are logged like their predictions. */
async function askMirror(
  entity: LiveEntity,
  { snapshot, request, spent }: Mirrored,
): Promise<ShadowAnswer> {
  try {
    const body = JSON.parse(await predict(snapshot, entity, request, spent)) as ShadowAnswer;
    return { entity, ...(body.predictions && { predictions: body.predictions }) };
  } catch (error) {
    return { entity, error: messageOf(error), errorCode: codeOf(error) };
  }
}

const tooLate = (entity: LiveEntity, patienceMs: number): ShadowAnswer => ({
  entity,
  error: `The mirror did not answer within ${patienceMs} ms after the answer`,
  errorCode: 'DEADLINE_EXCEEDED',
});
