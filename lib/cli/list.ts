import Table from 'cli-table3';
import type { Command } from 'commander';
import type { PublishedStatus } from '../api/status';
import { escapeControls } from '../util/errors';
import { remarkCopies } from './copies';
import { print, printJson, printWarnings } from './output';
import { describePending } from './pending';
import { withSession } from './session';

const BORDERLESS = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
};

/** Returns the lines of the table. */
function toTable(published: readonly PublishedStatus[]): readonly string[] {
  const table = new Table({
    ...BORDERLESS,
    head: ['NAME', 'PROTOCOL', 'PORT', 'TARGET', 'DIRECT', 'ONLY', 'CONNECTIONS', 'DENIED'],
  });
  for (const one of published.map(escapedTexts)) {
    const only = [one.destination, one.interface, one.family, one.loopback ? undefined : 'no loopback'];
    table.push([
      one.name,
      one.protocol,
      String(one.port),
      one.targetAddress === undefined ? String(one.targetPort) : `${one.targetAddress} ${one.targetPort}`,
      one.direct === 'closed' && one.deny === 'reject' ? 'closed (reject)' : one.direct,
      only.filter((word) => word !== undefined).join(', ') || '-',
      one.connections,
      one.denied,
    ]);
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** Escapes the texts first, so that the columns have the widths that the terminal shows. */
function escapedTexts<T extends object>(one: T): T {
  const texts = Object.entries(one).map(([key, value]) => [
    key,
    typeof value === 'string' ? escapeControls(value) : value,
  ]);
  return Object.fromEntries(texts) as T;
}

export function listCommand(root: Command): void {
  root
    .command('list')
    .summary('show what is published')
    .description('Shows what is published, as the kernel holds it, with connections redirected and packets denied.')
    .addHelpText('after', '\nExamples:\n  portshift list\n  portshift list --json --owner blue')
    .action(async (_flags: object, command: Command) => {
      await withSession(command, async ({ firewall, json }) => {
        const [published, warnings, copies, pending] = await Promise.all([
          firewall.status(),
          firewall.warnings(),
          firewall.copies(),
          firewall.pending(),
        ]);
        const { backend, backendReason, owner } = firewall;
        if (json)
          printJson({ backend, backendReason, owner, published, warnings, copies, ...(pending && { pending }) });
        else if (published.length === 0)
          print(`nothing is published (owner ${owner}; backend ${backend}: ${backendReason})`);
        else print(...toTable(published), '', `owner ${owner}; backend ${backend}: ${backendReason}`);
        if (pending !== undefined && !json) print('', ...describePending(pending));
        if (!json) {
          printWarnings(warnings);
          remarkCopies(copies, firewall);
        }
      });
    });
}
