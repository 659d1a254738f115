# Adds and deletes foreign rules with the real tools until the file $1 is there, then says what must be left.
# The newest three of each kind stay.
set -eu
stop=$1
n=0
while [ ! -e "$stop" ]; do
  n=$((n + 1))
  old=$((n - 3))
  for iptables in iptables-legacy ip6tables-legacy; do
    $iptables -w -t filter -A INPUT -p tcp --dport $((30000 + n % 20000)) -m comment --comment "loop $n" -j ACCEPT
    $iptables -w -t nat -I PREROUTING -p udp --dport $((30000 + n % 20000)) -m comment --comment "loop $n" -j ACCEPT
    $iptables -w -t mangle -N "loop-$n"
    if [ "$old" -gt 0 ]; then
      $iptables -w -t filter -D INPUT -p tcp --dport $((30000 + old % 20000)) -m comment --comment "loop $old" -j ACCEPT
      $iptables -w -t nat -D PREROUTING -p udp --dport $((30000 + old % 20000)) -m comment --comment "loop $old" -j ACCEPT
      $iptables -w -t mangle -X "loop-$old"
    fi
  done
  nft add element inet foreign loop "{ $n }"
  nft add chain inet foreign "loop-$n"
  if [ "$old" -gt 0 ]; then
    nft delete element inet foreign loop "{ $old }"
    nft delete chain inet foreign "loop-$old"
  fi
done
echo "$n"
