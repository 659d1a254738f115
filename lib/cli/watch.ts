import { once } from 'node:events';
import type { Command } from 'commander';
import type { NamedRule } from '../engine/applied';
import { milliseconds } from './duration';
import { describeChange, print, printJson } from './output';
import { withSession } from './session';

interface Flags {
  readonly heal?: boolean;
  readonly interval?: string;
}

export function watchCommand(root: Command): void {
  root
    .command('watch')
    .summary('report, and with --heal repair, what others do to the rules')
    .description(
      'Runs until SIGTERM or SIGINT, and says when another program has removed or damaged rules of this owner. What portshift itself changes is not reported.',
    )
    .option('--heal', 'put back what is lost')
    .option('--interval <time>', 'how often to look at the legacy tables (default: 1s); nf_tables tells by itself')
    .addHelpText('after', '\nExamples:\n  portshift watch --heal\n  portshift watch --json --interval 200ms')
    .action(async (flags: Flags, command: Command) => {
      const interval = flags.interval === undefined ? 1_000 : milliseconds('interval', flags.interval, 1);
      await withSession(command, async ({ firewall, json }) => {
        const watch = await firewall.watch({ heal: flags.heal === true, interval });
        const stopped = untilSignal();
        const { backend, owner } = firewall;
        const tell = (event: string, data: object, text: string, ...more: readonly string[]) => {
          const at = new Date().toISOString();
          if (json) printJson({ event, at, ...data });
          else print(`${at} ${text}`, ...more.map((line) => `  ${line}`));
        };
        watch.on('lost', (loss) => {
          const rules = { added: [], removed: loss.rules };
          tell('lost', loss, 'lost:', ...loss.damage, ...linesOf(rules));
        });
        watch.on('healed', (change) => {
          const first = (change.first ?? []).map((chain) => `portshift's rules are first again in ${chain}`);
          tell('healed', change, 'healed:', ...first, ...linesOf(change));
        });
        watch.on('obstructed', (obstruction) => {
          tell('obstructed', obstruction, 'obstructed:', ...obstruction.warnings.map(({ message }) => message));
        });
        watch.on('failed', (error) => {
          const message = error instanceof Error ? error.message : String(error);
          tell('failed', { message }, `failed, tried again: ${message}`);
        });
        tell(
          'watching',
          { backend, owner, heal: flags.heal === true },
          `watching the rules of owner ${owner} on ${backend}`,
        );
        await stopped;
        await watch.close();
      });
    });
}

/** Returns the lines of a change; none if it is empty. */
function linesOf(change: { readonly added: readonly NamedRule[]; readonly removed: readonly NamedRule[] }) {
  return change.added.length + change.removed.length > 0 ? describeChange(change) : [];
}

/** Keeps the process alive until SIGTERM or SIGINT. */
async function untilSignal(): Promise<void> {
  const patience = setInterval(() => {}, 0x7fff_ffff);
  const ended = new AbortController();
  const { signal } = ended;
  await Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(process, name, { signal })));
  ended.abort();
  clearInterval(patience);
}
