import type { Command } from 'commander';
import { Applied } from '../receipt';
import type { PublishOptions } from '../rules/publication';
import { describeChange, print, printJson } from './output';
import { readRulesetFile } from './ruleset-file';
import { withSession } from './session';

export function applyCommand(root: Command): void {
  root
    .command('apply')
    .summary('publish exactly what a file says')
    .description('Makes the published ports of this owner exactly those in a YAML or JSON file, in one change.')
    .argument('<file>', "file with a list 'published', or - for standard input")
    .option('--dry-run', 'print the change and make none')
    .addHelpText(
      'after',
      `
Examples:
  portshift apply ports.yaml --dry-run
  portshift apply ports.yaml

A file:
  published:
    - name: web
      port: 8445
      targetPort: 8443
    - { name: dns, protocol: udp, port: 53, targetPort: 5353, deny: reject }`,
    )
    .action(async (file: string, flags: { readonly dryRun?: boolean }, command: Command) => {
      // Whatever the file holds, publishAll checks every field of it.
      const published = (await readRulesetFile(file)) as readonly PublishOptions[];
      await withSession(command, async ({ firewall, json, history, record }) => {
        if (flags.dryRun !== true) await history.prepare();
        const change = flags.dryRun === true ? await firewall.planAll(published) : await firewall.publishAll(published);
        if (change instanceof Applied) await record(change);
        const { added, removed } = change;
        if (json) printJson({ dryRun: flags.dryRun === true, added, removed });
        else print(describeChange(change));
      });
    });
}
