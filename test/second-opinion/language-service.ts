import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Define } from './case.ts';

/** What is used of `amazon-states-language-service`, which the lane installs beside its other peers. */
interface LanguageService {
  readonly parseJSONDocument: (document: object) => object;
  readonly doValidation: (
    document: object,
    json: object,
  ) => Promise<readonly { readonly severity?: number }[]>;
}

const ERROR = 1;

/** AWS's own language service for the States Language (MIT), installed in a folder. */
export function languageServiceIn(folder: string): Define {
  const require = createRequire(join(folder, 'package.json'));
  const { getLanguageService } = require('amazon-states-language-service') as {
    getLanguageService: (settings: object) => LanguageService;
  };
  const { TextDocument } = require('vscode-languageserver-textdocument') as {
    TextDocument: { create: (uri: string, id: string, version: number, text: string) => object };
  };
  const service = getLanguageService({});
  return async (definition) => {
    const text = JSON.stringify(definition, null, 2);
    const document = TextDocument.create('file:///definition.asl.json', 'asl', 1, text);
    const found = await service.doValidation(document, service.parseJSONDocument(document));
    return found.some(({ severity }) => severity === ERROR) ? 'refused' : 'accepted';
  };
}
