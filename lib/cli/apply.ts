import { type Command, Option } from 'commander';
import { Applied } from '../receipt';
import type { PublishOptions } from '../rules/publication';
import { copiesAfterChange } from './copies';
import { milliseconds } from './duration';
import { describeChange, print, printJson } from './output';
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
      // Whatever the file holds, publishAll checks every field of it.
      const published = (await readRulesetFile(file)) as readonly PublishOptions[];
      await withSession(command, async ({ firewall, json, history, record }) => {
        if (flags.dryRun !== true) await history.prepare();
        const change =
          flags.dryRun === true
            ? await firewall.planAll(published)
            : await firewall.publishAll(published, within ? { confirmWithin: within } : {});
        if (change instanceof Applied) await record(change);
        const { added, removed } = change;
        const pending = within ? await firewall.pending() : undefined;
        const found = await copiesAfterChange({ firewall, json });
        if (json) printJson({ dryRun: flags.dryRun === true, added, removed, ...(pending && { pending }), ...found });
        else print(...describeChange(change), ...(pending ? ['', ...describePending(pending)] : []));
      });
    });
}
