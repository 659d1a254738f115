import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { FirewallError } from '../errors';
import { checkArray } from '../rules/check-rule';
import { checkObject } from '../rules/fields';

/**
 * Reads `published: [...]` from YAML or JSON, `-` for standard input. What the entries hold is for `publishAll` to check.
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export async function readRulesetFile(file: string): Promise<readonly unknown[]> {
  const { parseDocument } = await import('yaml');
  const source = file === '-' ? await text(process.stdin) : await read(file);
  const document = parseDocument(source);
  const [error] = document.errors;
  if (error !== undefined) throw wrongFile(file, error.message.split('\n')[0] ?? 'not YAML');
  const { published } = checkObject(file === '-' ? 'standard input' : file, plainData(file, document), ['published']);
  return checkArray('published', published, 'published ports, each with port and targetPort');
}

/** Aliases that would make it grow without end are an error of the library that reads it. */
function plainData(file: string, document: { toJS(): unknown }): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw wrongFile(file, error instanceof Error ? error.message : String(error));
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw wrongFile(file, error instanceof Error ? error.message : String(error));
  }
}

function wrongFile(file: string, why: string): FirewallError {
  return new FirewallError(
    'ERR_INVALID_ARGUMENT',
    `file: ${JSON.stringify(file)} cannot be used: ${why}; give a YAML or JSON file`,
    {
      field: 'file',
      value: file,
    },
  );
}
