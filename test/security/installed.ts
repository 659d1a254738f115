import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { builtProgram } from '../cli/program';

const ROOT = join(__dirname, '..', '..');
const PARTS = ['package.json', 'dist', 'build/Release/iptc.node', 'build/Release/nft.node'];

/** A copy of the built package where every user may read it: the checkout itself may be closed to others. */
export class Installed {
  private constructor(readonly directory: string) {}

  static async create(): Promise<Installed> {
    await builtProgram();
    const directory = await mkdtemp('/tmp/portshift-installed-');
    await chmod(directory, 0o755);
    for (const part of PARTS) await cp(join(ROOT, part), join(directory, part), { recursive: true });
    await mkdir(join(directory, 'node_modules'));
    return new Installed(directory);
  }

  get library(): string {
    return join(this.directory, 'dist');
  }

  get program(): string {
    return join(this.directory, 'dist', 'bin', 'portshift.js');
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }
}
