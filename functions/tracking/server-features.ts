import { json } from '../shared/http/api.ts';

/**
 * What clients ask before they use a feature. The interface takes any store but files for one that has
 * all pages; there is one workspace. Clients from 3.17 on send large files in parts where they are told so: to AWS,
 * where one PUT has bounds. A local host's store has an address for its own machine, and takes one PUT of any
 * size. Downloads are redirected anyway.
 */
export const getServerInfo = async () => ({
  store_type: 'SqlStore',
  workspaces_enabled: false,
  multipart_uploads_enabled: process.env.AWS_ENDPOINT_URL === undefined,
  multipart_downloads_enabled: false,
});

/** The web interface sends nothing about its users to anybody. It wants the empty list, too. */
export const getUiTelemetry = async () =>
  json(200, { disable_ui_telemetry: true, disable_ui_events: [], ui_rollout_percentage: 0 });

/** Slipway is no gateway to language models; without these lists the web interface shows errors. */
export const listGatewayEndpoints = async () => json(200, { endpoints: [] });

/** From these the interface would offer some to choose from as the model of a prompt. */
export const listGatewayProviders = async () => json(200, { providers: [] });
export const listGatewayModels = async () => json(200, { models: [] });

/**
 * No API keys of language models are kept. The web interface then explains what its gateway would need;
 * where this is no answer but an error it shows the same, after a failed request.
 */
export const getGatewaySecretsConfig = async () =>
  json(200, { secrets_available: false, using_default_passphrase: false });
