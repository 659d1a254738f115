import { EVERYWHERE, type KnownHost } from './known-host';

/** Marks of packets and of connections, and sockets found by them. */
export const MARKS: readonly KnownHost[] = [
  {
    name: 'kube-proxy: marks for masquerading and for dropping',
    script: `
      for chain in KUBE-SERVICES KUBE-NODEPORTS KUBE-MARK-MASQ KUBE-MARK-DROP KUBE-POSTROUTING; do compat -t nat -N $chain; done
      compat -t nat -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
      compat -t nat -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
      compat -t nat -A KUBE-NODEPORTS -p tcp --dport 30080 -j KUBE-MARK-MASQ
      compat -t nat -A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
      compat -t nat -A PREROUTING -j KUBE-SERVICES
      compat -t nat -A OUTPUT -j KUBE-SERVICES
      compat -t nat -A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
      compat -t nat -A POSTROUTING -j KUBE-POSTROUTING
      compat -N KUBE-FIREWALL
      compat -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP
      compat -A INPUT -j KUBE-FIREWALL
      compat -A OUTPUT -j KUBE-FIREWALL`,
    works: EVERYWHERE,
  },
  {
    name: 'wg-quick: marks of connections saved and restored',
    script: `
      iptables-legacy -t raw -A PREROUTING ! -i wg0 -d 10.66.0.2 -m addrtype ! --src-type LOCAL -j DROP
      legacy -t mangle -A POSTROUTING -p udp -m mark --mark 0xca6c -j CONNMARK --save-mark
      legacy -t mangle -A PREROUTING -p udp -j CONNMARK --restore-mark`,
    works: EVERYWHERE,
  },
  {
    name: 'mwan3: every connection is marked with a mask of six bits',
    script: `
      legacy -t mangle -N mwan3_hook
      legacy -t mangle -A PREROUTING -j mwan3_hook
      legacy -t mangle -A OUTPUT -j mwan3_hook
      legacy -t mangle -A mwan3_hook -j CONNMARK --restore-mark --nfmask 0x3f00 --ctmask 0x3f00
      iptables-legacy -t mangle -A mwan3_hook -m mark --mark 0/0x3f00 -j MARK --set-xmark 0x3f00/0x3f00
      legacy -t mangle -A mwan3_hook -j CONNMARK --save-mark --nfmask 0x3f00 --ctmask 0x3f00`,
    works: EVERYWHERE,
  },
  {
    name: 'k3s: kube-router accepts what it has marked, flannel forwards',
    script: `
      for chain in KUBE-ROUTER-INPUT KUBE-PROXY-FIREWALL; do compat -N $chain; done
      compat -I INPUT -j KUBE-ROUTER-INPUT
      compat -A KUBE-ROUTER-INPUT -m addrtype --dst-type LOCAL -p tcp -m multiport --dports 30000:32767 -j RETURN
      compat -A KUBE-ROUTER-INPUT -m mark --mark 0x20000/0x20000 -j ACCEPT
      compat -A INPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
      iptables-nft -A FORWARD -s 10.42.0.0/16 -j ACCEPT`,
    works: EVERYWHERE,
  },
  {
    name: 'Calico: cali-INPUT on top clears its marks and accepts, raw PREROUTING too',
    script: `
      legacy -t raw -N cali-PREROUTING
      legacy -t raw -I PREROUTING -j cali-PREROUTING
      legacy -t raw -A cali-PREROUTING -j MARK --set-xmark 0/0xffff0000
      legacy -t raw -A cali-PREROUTING -i cali+ -j MARK --set-xmark 0x40000/0x40000
      legacy -t raw -A cali-PREROUTING -m mark --mark 0x10000/0x10000 -j ACCEPT
      legacy -N cali-INPUT
      legacy -I INPUT -j cali-INPUT
      legacy -A cali-INPUT -j MARK --set-xmark 0/0xfff00000
      legacy -A cali-INPUT -p udp -m multiport --dports 4789 -j ACCEPT
      legacy -A cali-INPUT -m mark --mark 0x10000/0x10000 -j ACCEPT
      legacy -A cali-INPUT -m conntrack --ctstate NEW -j MARK --set-xmark 0x10000/0x10000
      legacy -A cali-INPUT -m mark --mark 0x10000/0x10000 -j ACCEPT`,
    works: EVERYWHERE,
  },
  {
    name: 'Cilium: marks for its proxy, NOTRACK for what carries them',
    script: `
      legacy -t mangle -N CILIUM_PRE_mangle
      legacy -t mangle -I PREROUTING -j CILIUM_PRE_mangle
      legacy -t mangle -A CILIUM_PRE_mangle -m socket --transparent -j MARK --set-xmark 0x200/0xffffffff
      legacy -t raw -N CILIUM_PRE_raw
      legacy -t raw -I PREROUTING -j CILIUM_PRE_raw
      legacy -t raw -A CILIUM_PRE_raw -m mark --mark 0x200/0xf00 -j CT --notrack
      legacy -N CILIUM_INPUT
      legacy -I INPUT -j CILIUM_INPUT
      legacy -A CILIUM_INPUT -m mark --mark 0x200/0xf00 -j ACCEPT`,
    works: EVERYWHERE,
  },
  {
    name: 'HAProxy, Squid: sockets diverted by a mark, TPROXY for other ports',
    script: `
      legacy -t mangle -N DIVERT
      legacy -t mangle -A DIVERT -j MARK --set-xmark 0x1/0xffffffff
      legacy -t mangle -A DIVERT -j ACCEPT
      legacy -t mangle -A PREROUTING -p tcp -m socket --transparent -j DIVERT
      iptables-legacy -w -t mangle -A PREROUTING -p tcp --dport 3128 -j TPROXY --on-port 3129 --tproxy-mark 0x1/0x1
      ip6tables-legacy -w -t mangle -A PREROUTING -p tcp --dport 3128 -j TPROXY --on-port 3129 --tproxy-mark 0x1/0x1`,
    works: EVERYWHERE,
  },
  {
    name: 'HAProxy, Envoy: sockets diverted by a mark with an ACCEPT, whoever they belong to',
    script: `
      legacy -t mangle -N DIVERT
      legacy -t mangle -A DIVERT -j MARK --set-xmark 0x539/0xffffffff
      legacy -t mangle -A DIVERT -j ACCEPT
      legacy -t mangle -A PREROUTING -p tcp -m socket -j DIVERT`,
    works: EVERYWHERE,
  },
  {
    name: "Amazon's VPC CNI: what comes in by the first interface is marked, connection by connection",
    script: `
      legacy -t mangle -A PREROUTING -i eth0 -m addrtype --dst-type LOCAL --limit-iface-in -j CONNMARK --set-xmark 0x80/0x80
      legacy -t mangle -A PREROUTING -i eni+ -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80
      nft_load <<'END'
      table ip aws-cni {
        chain nat-prerouting { type nat hook prerouting priority dstnat - 10; fib daddr type local return; ct mark set ct mark | 0x80; }
      }
END`,
    works: EVERYWHERE,
    reports: ['aws/amazon-vpc-cni-k8s#3588', 'cilium/cilium#12098'],
  },
];
