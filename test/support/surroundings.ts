import { type BackendName, openFirewall } from '../../lib';
import type { Hosts } from './hosts';
import { Shell } from './shell';

/**
 * Marks in every hook, every bit, saved in the connection and restored. In OUTPUT a change of the mark makes the kernel
 * look up the route again, by which link-local addresses of the host itself get lost: those are left out.
 */
const legacyRules = (output: string) => `*mangle
-I PREROUTING -j CONNMARK --save-mark
-I PREROUTING -j MARK --set-xmark 0xffffffff
-A PREROUTING -j CONNMARK --restore-mark
-I INPUT -j MARK --set-xmark 0xffffffff
-A INPUT -j MARK --set-xmark 0x1000/0x1000
-I OUTPUT ${output} -j MARK --set-xmark 0xffffffff
-A OUTPUT -j CONNMARK --save-mark
COMMIT
*filter
-I INPUT -j ACCEPT
COMMIT
`;

const MARK = 'meta mark set 0xffffffff ct mark set 0xffffffff';
const NFT_CHAINS = `
  chain early { type filter hook prerouting priority mangle - 10; ${MARK}; }
  chain behind_mangle { type filter hook prerouting priority mangle + 10; ${MARK}; }
  chain before_nat { type filter hook prerouting priority dstnat - 10; ${MARK}; }
  chain behind_nat { type filter hook prerouting priority dstnat + 10; ${MARK}; }
  chain before_input { type filter hook input priority mangle - 10; ${MARK}; }
  chain before_filter { type filter hook input priority filter - 10; ${MARK}; accept; }
  chain before_output { type filter hook output priority mangle; ${MARK}; }
`;

/**
 * What other programs may have put before and behind rules of portshift: marks on everything, an ACCEPT at the top of
 * INPUT by each family of tools, and a second owner's published port. None of it is for anybody's port.
 */
export class Surroundings {
  readonly #hosts: Hosts;
  readonly #backend: BackendName;
  #isThere = true;

  private constructor(hosts: Hosts, backend: BackendName) {
    this.#hosts = hosts;
    this.#backend = backend;
  }

  static async add(hosts: Hosts, backend: BackendName): Promise<Surroundings> {
    const surroundings = new Surroundings(hosts, backend);
    await surroundings.#run(`
      iptables-legacy-restore -w --noflush <<'END'\n${legacyRules('')}END
      ip6tables-legacy-restore -w --noflush <<'END'\n${legacyRules('! -d fe80::/10')}END
      iptables-nft -w -I INPUT -j ACCEPT
      ip6tables-nft -w -I INPUT -j ACCEPT
      nft -f - <<'END'\ntable inet surroundings {${NFT_CHAINS}}\nEND`);
    await using other = await surroundings.#other();
    for (const protocol of ['tcp', 'udp'] as const) {
      await other.publish({ protocol, port: 7445, targetPort: 7443, deny: 'reject', established: 'drop' });
    }
    return surroundings;
  }

  async remove(): Promise<void> {
    if (!this.#isThere) return;
    this.#isThere = false;
    await using other = await this.#other();
    await other.clear();
    await this.#run(`
      for iptables in iptables ip6tables; do
        $iptables-nft -w -D INPUT -j ACCEPT
        $iptables-legacy -w -D INPUT -j ACCEPT
        $iptables-legacy-save -t mangle | grep -v portshift | sed -n 's/^-A /-D /p' |
          while read -r rule; do $iptables-legacy -w -t mangle $rule; done
      done
      nft delete table inet surroundings`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  #other() {
    return openFirewall({ backend: this.#backend, namespace: this.#hosts.path, owner: 'other' });
  }

  async #run(commands: string): Promise<void> {
    const shell = new Shell(this.#hosts.server.namespace);
    await shell.run(`set -e\n${commands}`).finally(() => shell.close());
  }
}
