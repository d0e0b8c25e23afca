/**
 * The closed list of refusals that an operation may throw. Only the edge turns them into a status
 * and a body; everything else that is thrown is a defect and answers INTERNAL_ERROR.
 */
export type ErrorCode =
  | 'BAD_REQUEST'
  | 'INVALID_PARAMETER_VALUE'
  | 'RESOURCE_DOES_NOT_EXIST'
  | 'NOT_FOUND'
  | 'RESOURCE_ALREADY_EXISTS'
  | 'RESOURCE_CONFLICT'
  | 'INVALID_STATE'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'ENDPOINT_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'MALFORMED_REQUEST'
  | 'MAX_PAYLOAD_EXCEEDED'
  | 'REQUEST_LIMIT_EXCEEDED'
  | 'TEMPORARILY_UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_IMPLEMENTED'
  | 'INTERNAL_ERROR';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_DOES_NOT_EXIST: 404,
  NOT_FOUND: 404,
  RESOURCE_ALREADY_EXISTS: 400,
  RESOURCE_CONFLICT: 409,
  INVALID_STATE: 500,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  ENDPOINT_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  MALFORMED_REQUEST: 400,
  MAX_PAYLOAD_EXCEEDED: 413,
  REQUEST_LIMIT_EXCEEDED: 429,
  TEMPORARILY_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
  NOT_IMPLEMENTED: 501,
  INTERNAL_ERROR: 500,
};

export class DomainError extends Error {
  readonly code: ErrorCode;
  /** Machine-readable particulars, answered as `details` under `/api/slipway/v1`. */
  readonly details?: unknown;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { details?: unknown } = {},
  ) {
    super(message, options);
    this.name = code;
    this.code = code;
    if (options.details !== undefined) this.details = options.details;
  }

  get status(): number {
    return STATUS[this.code];
  }
}

export const invalid = (message: string, details?: unknown) =>
  new DomainError('INVALID_PARAMETER_VALUE', message, { details });
export const notFound = (message: string) => new DomainError('RESOURCE_DOES_NOT_EXIST', message);
export const alreadyExists = (message: string) =>
  new DomainError('RESOURCE_ALREADY_EXISTS', message);
export const conflict = (message: string) => new DomainError('RESOURCE_CONFLICT', message);
