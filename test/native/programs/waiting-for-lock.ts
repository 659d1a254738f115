import { addon } from '../support/tables';

/** usage: waiting-for-lock FILE: waits for a lock that someone else holds, and exits meanwhile. */
async function main(): Promise<void> {
  const session = await addon().open({ lockFile: process.argv[2] ?? '' });
  for (let count = 0; count < 5; count++) void session.read([], { lockTimeout: 600_000 });
  setTimeout(() => process.exit(7), 50);
}

void main();
