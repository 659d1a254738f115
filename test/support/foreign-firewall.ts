import type { BackendName } from '../../lib';
import type { Shell } from './shell';

/** Other people's rules of several kinds, with counters that are not zero. They meet no traffic but from documentation networks. */
export async function addForeignRules(shell: Shell, backend: BackendName): Promise<void> {
  if (backend === 'nft') {
    await shell.run(`nft -f - <<'END'\n${FOREIGN_NFT}END`);
  } else {
    await shell.run(`iptables-legacy-restore -c <<'END'\n${foreignLegacy('203.0.113.0/24')}END`);
    await shell.run(`ip6tables-legacy-restore -c <<'END'\n${foreignLegacy('2001:db8:99::/48')}END`);
  }
}

function foreignLegacy(net: string): string {
  return `*filter
:INPUT ACCEPT [11:1100]
:FORWARD DROP [22:2200]
:OUTPUT ACCEPT [33:3300]
:zulu - [0:0]
:yankee - [0:0]
[5:500] -A INPUT -s ${net} -p tcp -m multiport --dports 80,443,8445 -j zulu
[6:600] -A INPUT -s ${net} -m statistic --mode nth --every 3 --packet 1 -j DROP
[7:700] -A FORWARD -s ${net} -m comment --comment "not of ours" -j ACCEPT
[8:800] -A zulu -m hashlimit --hashlimit-name some --hashlimit-above 5/sec --hashlimit-mode srcip -j DROP
[9:900] -A yankee -j LOG --log-prefix "hello "
COMMIT
*mangle
:PREROUTING ACCEPT [44:4400]
:INPUT ACCEPT [55:5500]
:FORWARD ACCEPT [66:6600]
:OUTPUT ACCEPT [77:7700]
:POSTROUTING ACCEPT [88:8800]
[10:1000] -A PREROUTING -s ${net} -j MARK --set-xmark 0x5/0xff
COMMIT
*nat
:PREROUTING ACCEPT [1:100]
:INPUT ACCEPT [2:200]
:OUTPUT ACCEPT [3:300]
:POSTROUTING ACCEPT [4:400]
[12:1200] -A PREROUTING -s ${net} -p tcp -m tcp --dport 8445 -j REDIRECT --to-ports 1
[13:1300] -A OUTPUT -d ${net} -j ACCEPT
COMMIT
*security
:INPUT ACCEPT [5:500]
:FORWARD ACCEPT [6:600]
:OUTPUT ACCEPT [7:700]
[14:1400] -A INPUT -s ${net} -p tcp -m tcp --dport 8445 -j ACCEPT
COMMIT
`;
}

const FOREIGN_NFT = `table inet other {
  map ports { type inet_service : inet_service; elements = { 8445 : 1, 9000 : 2 }; }
  set nets { type ipv4_addr; flags interval; elements = { 203.0.113.0/24, 198.18.0.0/15 }; }
  counter visits { packets 7 bytes 700 }
  chain nat { type nat hook prerouting priority -90; ip saddr @nets meta l4proto tcp redirect to :tcp dport map @ports; }
  chain input {
    type filter hook input priority 10; policy accept;
    ip saddr @nets counter packets 5 bytes 500 drop comment "not of ours"
    ip6 saddr 2001:db8:99::/48 counter name visits reject
  }
}
table ip older {
  chain forward { type filter hook forward priority 0; policy drop; counter packets 9 bytes 900; }
}
`;
