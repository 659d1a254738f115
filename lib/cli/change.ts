import type { Command } from 'commander';
import type { PublishedPort } from '../api/published-port';
import type { Applied } from '../engine/applied';
import { lookAround, remarkAfterChange } from './copies';
import { type DrainFlags, drainOptions, waitDrained } from './drain';
import { describePublication, print, printJson, printWarnings } from './output';
import { findPublished, withSession } from './session';

/**
 * Changes a published port and prints its new options. With `--wait-drained`, waits until nothing uses the previous
 * ones.
 */
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
    const { warnings, copies } = await lookAround(session.firewall, published.name);
    if (!session.json) {
      print(describePublication(published.options));
      printWarnings(warnings);
    }
    const { protocol, port, targetPort } = before;
    const isSameTarget = targetPort === published.options.targetPort;
    const found = remarkAfterChange(session, copies, { protocol, port, ...(!isSameTarget && { targetPort }) });
    if (drain !== undefined) await waitDrained(session, published, drain);
    if (session.json) {
      printJson({ published: published.options, warnings, ...(drain && { drained: true }), ...found });
    }
  });
}
