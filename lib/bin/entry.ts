import { run } from '../cli/run';

// A reader such as head(1) may close the pipe early, which is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

void run(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
