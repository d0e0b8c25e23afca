import type { OperationContext } from '../../shared/context.ts';
import { DomainError } from '../../shared/errors.ts';
import { type HttpRequest, type HttpResult, toDomainError } from '../../shared/http/api.ts';
import type { LiveEntity } from '../endpoints/endpoint.ts';
import { requirePermission } from '../endpoints/require-permission.ts';
import { newRequestId } from '../log-key.ts';
import { accepted, type queueRequest } from '../queue/queue-request.ts';
import { chooseEntity, entitiesOf } from './choose-entities.ts';
import type { LogEntry, Trial } from './log-entry.ts';
import { otherArmAnswers } from './other-arm.ts';
import { type ParsedRequest, parseRequest, stickyKey } from './parse-request.ts';
import { predictWithFallback, type Spent } from './predict.ts';
import { ModelFailure } from './scorer.ts';
import { askMirrors } from './shadows.ts';
import type { Snapshot } from './snapshots.ts';

/** What an invocation begins with. */
export interface Given {
  readonly request: HttpRequest;
  readonly context: OperationContext;
  readonly snapshot: Snapshot;
  /** Arrival in epoch milliseconds. */
  readonly startedAt: number;
  /** Whole milliseconds since the arrival, at least 1. */
  readonly elapsed: () => number;
  /** Resolves once the row is durable. */
  readonly log: (entry: LogEntry) => Promise<void>;
  /** Resolves once a request that waits cannot be lost any more. */
  readonly queue: typeof queueRequest;
}

/** One request to an endpoint; what is known of it grows until it is answered or refused, and logged. */
export class Invocation {
  readonly #given: Given;
  readonly #endpoint: string;
  /** The version that the path names, or that a tester asks for. */
  readonly #forced: string | undefined;
  /** The entity that the path names. */
  readonly #named: string | undefined;
  readonly #spent: Spent = { pythonMs: 0 };
  #parsed: ParsedRequest | undefined;
  #requestId: string | undefined;
  #sticky: string | undefined;
  #chosen: LiveEntity | undefined;

  constructor(given: Given) {
    const { params, headers } = given.request;
    this.#given = given;
    this.#endpoint = params.name ?? '';
    this.#forced = params.version ?? headers['slipway-model-version'];
    this.#named = params.served_model;
  }

  async answer(): Promise<HttpResult> {
    try {
      return await this.#predict();
    } catch (cause) {
      return await this.#refuse(refusalOf(cause));
    }
  }

  async #predict(): Promise<HttpResult> {
    const { request, snapshot, startedAt, elapsed } = this.#given;
    const { live } = snapshot;
    const parsed = parseRequest(request, live, startedAt);
    this.#parsed = parsed;
    const requestId = newRequestId(parsed.eventTime ?? startedAt);
    this.#requestId = requestId;
    const chosen = this.#choose(parsed, requestId);
    if (chosen.deployed?.queued) {
      const entry = { ...this.#known(requestId), ...this.#trial(true), entity: chosen };
      await this.#given.queue(chosen.deployed, entry, parsed.scoring);
      return accepted(this.#endpoint, requestId);
    }
    const answered = predictWithFallback(
      snapshot,
      chosen,
      parsed.scoring,
      this.#spent,
      // Whoever asks for one version or entity is answered by no other.
      this.#forced === undefined && this.#named === undefined,
    );
    const identity = parsed.clientRequestId ?? requestId;
    const question = { snapshot, chosen, request: parsed.scoring, identity, spent: this.#spent };
    const mirrors = askMirrors(question);
    const { entity, body } = await answered;
    const executionTimeMs = elapsed();
    const shadows = await mirrors.answers(entity, executionTimeMs);
    await this.#given.log({
      ...this.#known(requestId),
      ...this.#sent(),
      ...this.#trial(chosen === entity),
      entity,
      ...(chosen !== entity && { failedEntity: chosen }),
      statusCode: 200,
      executionTimeMs,
      besidesMs: elapsed() - executionTimeMs,
      ...this.#spent,
      response: body,
      shadows,
    });
    const headers = {
      'content-type': 'application/json',
      'served-model-name': entity.name,
      'slipway-model-version': entity.version,
      'x-request-id': requestId,
    };
    return { statusCode: 200, headers, body };
  }

  #choose(parsed: ParsedRequest, requestId: string): LiveEntity {
    const { request, context, snapshot } = this.#given;
    const { live } = snapshot;
    const [version, named] = [this.#forced, this.#named];
    const quiet = named && entitiesOf(live, named).every(({ weight }) => weight === 0);
    // A path may name what anybody might be answered by; to test with the header is the managers' business.
    const open =
      request.params.version !== undefined &&
      live.entities.some((one) => one.version === version && one.weight > 0);
    if ((version && !open) || quiet) {
      requirePermission(this.#endpoint, live, context.actor, 'CAN_MANAGE');
    }
    const sticky = stickyKey(request, parsed.table, live);
    this.#sticky = sticky;
    this.#chosen = chooseEntity(live, {
      identity: parsed.clientRequestId ?? requestId,
      ...(sticky !== undefined && { sticky }),
      ...(version && { version }),
      ...(named !== undefined && { entity: named }),
    });
    return this.#chosen;
  }

  async #refuse(refusal: DomainError): Promise<HttpResult> {
    const { code, message, status: statusCode } = refusal;
    const { startedAt, elapsed, log } = this.#given;
    const requestId = this.#requestId ?? newRequestId(startedAt);
    const executionTimeMs = elapsed();
    const trial = await this.#trialOfRefusal(refusal);
    const body = JSON.stringify({ error_code: code, message });
    await log({
      ...this.#known(requestId),
      ...this.#sent(),
      ...(this.#chosen && { failedEntity: this.#chosen }),
      ...trial,
      statusCode,
      ...(refusal instanceof ModelFailure && { modelFailed: true as const }),
      executionTimeMs,
      besidesMs: elapsed() - executionTimeMs,
      ...this.#spent,
      response: body,
      shadows: [],
    });
    const headers = { 'content-type': 'application/json', 'x-request-id': requestId };
    return { statusCode, headers, body };
  }

  /** Of its row in the log, what does not depend on the answer. */
  #known(requestId: string) {
    const { snapshot, startedAt: timestampMs } = this.#given;
    const { table, clientRequestId, eventTime } = this.#parsed ?? {};
    return {
      live: snapshot.live,
      requestId,
      timestampMs,
      rows: table?.rows.length ?? 0,
      ...(clientRequestId !== undefined && { clientRequestId }),
      ...(eventTime !== undefined && { eventTime }),
    };
  }

  /** The body, for the row. */
  #sent() {
    const requestJson = this.#parsed?.requestJson;
    return { request: this.#given.request.body, ...(requestJson !== undefined && { requestJson }) };
  }

  /**
   * What the request says about the arm of a rollout that chance gave it to: versions that the caller
   * forced say nothing. `answered` is false when another entity had to answer, or none did.
   */
  #trial(answered: boolean): { trial?: Trial } {
    const arm = this.#forced ? undefined : this.#chosen?.arm;
    // Before the first step there is nothing to compare with.
    if (!arm || arm.share === 0) return {};
    const sticky = this.#sticky;
    return { trial: { arm, failed: !answered, ...(sticky !== undefined && { sticky }) } };
  }

  /**
   * A request that both arms refuse is the caller's mistake and says nothing about the versions; one that
   * the other arm answers would have been answered without the rollout.
   */
  async #trialOfRefusal({ status }: DomainError): Promise<{ trial?: Trial }> {
    const found = this.#trial(false);
    const [chosen, parsed] = [this.#chosen, this.#parsed];
    if (!found.trial || !chosen || !parsed || status >= 500) return found;
    const { snapshot } = this.#given;
    return (await otherArmAnswers(snapshot, chosen, parsed.scoring, this.#spent)) ? found : {};
  }
}

/** What goes through nested values level by level may find more of them than a stack has room for. */
function refusalOf(cause: unknown): DomainError {
  const exhausted = cause instanceof RangeError && /call stack/.test(cause.message);
  if (!exhausted) return toDomainError(cause);
  return new DomainError('MALFORMED_REQUEST', 'The request is nested too deeply');
}
