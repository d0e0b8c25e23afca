import { json } from '../shared/http/api.ts';
import { INTERFACE_PAGES, type InterfacePage } from './routes.ts';

/**
 * What clients ask before they use a feature. The interface takes any store but files for one that has
 * all pages; there is one workspace.
 */
export const getServerInfo = async () => ({ store_type: 'SqlStore', workspaces_enabled: false });

/** The web interface sends nothing about its users to anybody. It wants the empty list, too. */
export const getUiTelemetry = async () =>
  json(200, { disable_ui_telemetry: true, disable_ui_events: [], ui_rollout_percentage: 0 });

/** An empty list for a page of the web interface. */
export const emptyPage = (page: InterfacePage) => async () => {
  const list = INTERFACE_PAGES.find(([name]) => name === page)?.[3] ?? page;
  return json(200, { [list]: [] });
};
