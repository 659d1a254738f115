import { appendFileSync } from 'node:fs';
import { type MochaOptions, type Runner, reporters } from 'mocha';

/** The spec reporter, which also writes `PASSED FAILED` to the file that PORTSHIFT_TEST_COUNTS names. */
class CountingReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const file = process.env['PORTSHIFT_TEST_COUNTS'];
      if (file) appendFileSync(file, `${this.stats.passes} ${this.stats.failures}\n`);
    });
  }
}

export = CountingReporter;
