import { checkLength } from '../../mlflow/index.ts';
import { type DomainError, invalid, notFound } from '../../shared/errors.ts';
import type { ExperimentAccess } from './experiment-access.ts';

/** The experiment that exists in every installation. */
export const DEFAULT_EXPERIMENT_ID = '0';

export type LifecycleStage = 'active' | 'deleted';

export interface Experiment {
  readonly experiment_id: string;
  readonly name: string;
  readonly artifact_location: string;
  readonly lifecycle_stage: LifecycleStage;
  /** Epoch milliseconds. */
  readonly creation_time: number;
  readonly last_update_time: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Its runs do not all have its stage yet: the deletion or restoration was interrupted. */
  readonly runs_pending?: boolean;
  /** Who made it; of experiments made by older releases nobody knows. */
  readonly creator?: string;
  /** Who may do what; absent: everybody everything. */
  readonly acl?: readonly ExperimentAccess[];
}

export const experimentMissing = (id: string): DomainError =>
  notFound(`No Experiment with id=${id} exists`);

export function requireActive(experiment: Experiment): void {
  if (experiment.lifecycle_stage === 'active') return;
  throw invalid(
    `The experiment ${experiment.experiment_id} must be in the 'active' state. ` +
      `Current state is ${experiment.lifecycle_stage}.`,
  );
}

/** Names have 1 to 500 characters, whichever. */
export function checkExperimentName(name: string): void {
  if (name === '') throw invalid("Invalid experiment name: ''");
  checkLength(name, 500, 'name');
}

/** Whether an experiment may have the id. */
export const isExperimentId = (text: string): boolean => /^\d{1,18}$/.test(text);

/** Experiment ids are numbers of 64 bits to MLflow, the negative ones of none. */
export function checkExperimentId(id: string): void {
  if (/^-?\d{1,19}$/.test(id) && BigInt.asIntN(64, BigInt(id)) === BigInt(id)) return;
  throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
}

/** Schemes whose addresses have a place for a host, also an empty one, as Python's `urlunparse` knows them. */
const WITH_HOSTS = /^(?:https?|s?ftp|file|nfs|rsync|wss?|git|svn)$/;

/**
 * An address below a location, whose query stays at the end: `x://host/db?driver=d`. One slash is between them,
 * also if the location ends with it: two make another key of a bucket, and a host of `mlflow-artifacts:/`. As in
 * MLflow, schemes are lower case, and no host is none: `s3:///a` is `s3:/a`.
 */
export function belowLocation(location: string, path: string): string {
  const parts = /^([a-z][a-z0-9+.-]*):(\/\/[^/?]*)?([^?]*)(.*)$/is.exec(location);
  if (!parts) return joined(location, path);
  const [, scheme = '', authority = '', folder = '', query = ''] = parts;
  const below = folder === '' ? path : joined(folder, path);
  const hasHost = authority.length > 2;
  const isHosted = hasHost || (folder.startsWith('/') && WITH_HOSTS.test(scheme.toLowerCase()));
  const host = isHosted ? authority || '//' : '';
  const slash = hasHost && !below.startsWith('/') ? '/' : '';
  return `${scheme.toLowerCase()}:${host}${slash}${below}${query}`;
}

const joined = (folder: string, path: string) =>
  `${folder}${folder.endsWith('/') ? '' : '/'}${path}`;

const MAX_ARTIFACT_LOCATION = 2048;

/** Addresses whose paths may end in parameters, as Python's `urlparse` knows them. */
const WITH_PARAMS =
  /^(?:(?:https?|s?ftp|shttp|rtspu?|sips?|mms|tel|imap|rsync|hdl|prospero):|(?![a-z][a-z0-9+.-]*:)).*;/i;

/** A file of another machine. */
const REMOTE_FILE = /^file:\/\/(?!localhost|127\.0\.0\.1|\.?(?:[/?]|$))/i;

export function checkArtifactLocation(location: string): void {
  if (location.includes('#') || WITH_PARAMS.test(location)) {
    throw invalid("'artifact_location' URL can't include fragments or params.");
  }
  if (location.startsWith('runs:')) {
    throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
  }
  if (REMOTE_FILE.test(location)) throw invalid(`${location} is not a valid remote uri.`);
  if (location.length > MAX_ARTIFACT_LOCATION) {
    throw invalid(
      'Invalid artifact path length. The length of the artifact path cannot be greater than ' +
        `${MAX_ARTIFACT_LOCATION} characters.`,
    );
  }
}

export const toWireExperiment = ({
  runs_pending: _pending,
  creator: _creator,
  acl: _acl,
  ...experiment
}: Experiment) => ({
  ...experiment,
  tags: toWireTags(experiment.tags),
});

/** By key: a map of the database has no order of its own, and an answer should not change by itself. */
export const toWireTags = (tags: Readonly<Record<string, string>>) =>
  Object.keys(tags)
    .sort()
    .map((key) => ({ key, value: tags[key] ?? '' }));
