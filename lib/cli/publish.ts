import { type Command, Option } from 'commander';
import type { PublishOptions } from '../model/publication';
import { lookAround, remarkAfterChange } from './copies';
import { type FlowFlags, newFlowsOption } from './flows';
import { describePublication, print, printJson, printWarnings } from './output';
import { parsePortSpec } from './port-spec';
import { withSession } from './session';

interface Flags extends FlowFlags {
  readonly name?: string;
  readonly destination?: string;
  readonly interface?: string;
  readonly targetAddress?: string;
  readonly direct: 'closed' | 'local' | 'open';
  readonly deny: 'drop' | 'reject';
  readonly established: 'keep' | 'drop';
  readonly loopback: boolean;
}

function optionsFrom(ports: string, flags: Flags): PublishOptions {
  const { name, destination, targetAddress, direct, deny, established, loopback, flows } = flags;
  return {
    ...parsePortSpec(ports),
    ...(name !== undefined && { name }),
    ...(destination !== undefined && { destination }),
    ...(flags.interface !== undefined && { interface: flags.interface }),
    ...(targetAddress !== undefined && { targetAddress }),
    direct,
    deny,
    established,
    loopback,
    flows,
  };
}

export function publishCommand(root: Command): void {
  root
    .command('publish')
    .summary('make a service reachable on a public port')
    .description('Makes the service on port TARGET reachable on PORT, and closes TARGET to direct access.')
    .argument('<PORT:TARGET[/udp]>', 'public port, or a range such as 8000-8010, and the port the server listens on')
    .option('--name <name>', 'what to call it (default: protocol and port, tcp/8445)')
    .option('--destination <ip>', 'only this address of the host (default: any)')
    .option('--interface <if>', 'only traffic that came in here (default: any)')
    .option('--target-address <ip>', 'the address the server is bound to, where it is bound to one')
    .addOption(
      new Option('--direct <access>', 'the target port reached directly')
        .choices(['closed', 'local', 'open'])
        .default('closed'),
    )
    .addOption(new Option('--deny <how>', 'what a direct attempt gets').choices(['drop', 'reject']).default('drop'))
    .addOption(
      new Option('--established <what>', 'direct connections that exist already')
        .choices(['keep', 'drop'])
        .default('keep'),
    )
    .addOption(newFlowsOption())
    .option('--no-loopback', 'not for clients on this host')
    .addHelpText(
      'after',
      `
Examples:
  portshift publish 8445:8443
  portshift publish 53:5353/udp --name dns --deny reject
  portshift publish 443:8443 --destination 192.0.2.7 --interface eth0`,
    )
    .action(async (ports: string, flags: Flags, command: Command) => {
      const options = optionsFrom(ports, flags);
      await withSession(command, async ({ firewall, json, history, record }) => {
        await history.prepare();
        const published = await firewall.publish(options);
        await record(published.applied);
        const { warnings, copies } = await lookAround(firewall, published.name);
        const found = remarkAfterChange({ firewall, json }, copies);
        if (json) printJson({ published: published.options, warnings, ...found });
        else print(describePublication(published.options));
        if (!json) printWarnings(warnings);
      });
    });
}
