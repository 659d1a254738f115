import { type Command, Option } from 'commander';
import type { PendingConfirmation } from '../confirm/guardians';
import { Applied, type PlannedChange } from '../engine/applied';
import type { PublishOptions } from '../model/publication';
import { copiesAfterChange } from './copies';
import { milliseconds } from './duration';
import { describeChange, print, printJson, printWarnings } from './output';
import { describePending } from './pending';
import { readRulesetFile } from './ruleset-file';
import { withSession } from './session';

interface Flags {
  readonly dryRun?: boolean;
  readonly confirmWithin?: string;
}

export function applyCommand(root: Command): void {
  root
    .command('apply')
    .summary('publish exactly what a file says')
    .description('Makes the published ports of this owner exactly those in a YAML or JSON file, in one change.')
    .argument('<file>', "file with a list 'published', or - for standard input")
    .option('--dry-run', 'print the change and make none')
    .addOption(
      new Option(
        '--confirm-within <time>',
        'roll back by itself unless `portshift confirm` comes within that time, such as 60s',
      ).conflicts('dryRun'),
    )
    .addHelpText(
      'after',
      `
Examples:
  portshift apply ports.yaml --dry-run
  portshift apply ports.yaml
  portshift apply ports.yaml --confirm-within 60s

A file:
  published:
    - name: web
      port: 8445
      targetPort: 8443
    - { name: dns, protocol: udp, port: 53, targetPort: 5353, deny: reject }`,
    )
    .action(async (file: string, flags: Flags, command: Command) => {
      const { confirmWithin } = flags;
      const within = confirmWithin === undefined ? undefined : milliseconds('confirmWithin', confirmWithin, 1);
      // publishAll() checks every field of whatever the file holds.
      const published = (await readRulesetFile(file)) as readonly PublishOptions[];
      await withSession(command, async ({ firewall, json, history, record }) => {
        if (flags.dryRun !== true) await history.prepare();
        const change =
          flags.dryRun === true
            ? await firewall.planAll(published)
            : await firewall.publishAll(published, { warnings: true, ...(within && { confirmWithin: within }) });
        if (change instanceof Applied) await record(change);
        const pending = within ? await firewall.pending() : undefined;
        const found = await copiesAfterChange({ firewall, json });
        report(change, flags.dryRun === true, pending, json, found);
      });
    });
}

function report(
  change: Applied | PlannedChange,
  dryRun: boolean,
  pending: PendingConfirmation | undefined,
  json: boolean,
  copies: Awaited<ReturnType<typeof copiesAfterChange>>,
): void {
  const { added, removed } = change;
  const warnings = change instanceof Applied ? change.warnings : [];
  if (json) printJson({ dryRun, added, removed, warnings, ...(pending && { pending }), ...copies });
  else {
    print(...describeChange(change), ...(pending ? ['', ...describePending(pending)] : []));
    printWarnings(warnings);
  }
}
