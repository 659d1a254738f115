import { addon, OPTIONS } from '../support/tables';

/** Opens a session, reads, and leaves it open: the process must end by itself, but not before the answer is there. */
async function main(): Promise<void> {
  const session = await addon().open({});
  const { size } = await session.read([{ family: 'ipv4', table: 'filter' }], OPTIONS);
  process.stdout.write(`read ${size}`);
}

void main();
