import type { Command } from 'commander';
import type { PublishedPort } from '../published-port';
import type { Applied } from '../receipt';
import { copiesAfterChange } from './copies';
import { type DrainFlags, drainOptions, waitDrained } from './drain';
import { describePublication, print, printJson, printWarnings } from './output';
import { findPublished, withSession } from './session';

/** Changes a published port, says what it is now, and waits until nothing uses what it was, where that is asked for. */
export async function changePublished(
  command: Command,
  name: string,
  flags: DrainFlags,
  change: (published: PublishedPort) => Promise<Applied>,
): Promise<void> {
  const drain = drainOptions(flags);
  await withSession(command, async (session) => {
    await session.history.prepare();
    const published = await findPublished(session, name);
    const before = published.options;
    await session.record(await change(published));
    // The change is made: what cannot be read now is not its failure.
    const warnings = await session.firewall.warnings({ names: [published.name] }).catch(() => []);
    if (!session.json) {
      print(describePublication(published.options));
      printWarnings(warnings);
    }
    const { protocol, port, targetPort } = before;
    const isSameTarget = targetPort === published.options.targetPort;
    const found = await copiesAfterChange(session, { protocol, port, ...(!isSameTarget && { targetPort }) });
    if (drain !== undefined) await waitDrained(session, published, drain);
    if (session.json) {
      printJson({ published: published.options, warnings, ...(drain && { drained: true }), ...found });
    }
  });
}
