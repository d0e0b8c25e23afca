import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { ModelVersionRegistered, RegisteredModelRenamed } from '../registry/events.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi } from '../shared/http/json-api.ts';
import { followRename } from './follow-rename.ts';
import { getValidation } from './get-validation.ts';
import { validationRoutes } from './routes.ts';
import { settleValidation } from './settle-validation.ts';
import { startValidation } from './start-validation.ts';

const http = jsonApi(validationRoutes, 'validation', {
  getValidation: ({ params }) => getValidation(params.name ?? '', params.version ?? ''),
});

const events = consumeEvents(
  [
    on(ModelVersionRegistered, (data, context, metadata) =>
      startValidation(data, context, metadata.id),
    ),
    on(RegisteredModelRenamed, followRename),
  ],
  settleValidation,
);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
