#!/bin/sh
# Lets a key do what the gate of a repository lets it, and nothing else: allow REPOSITORY NODE TYPE BLOB PRINT; without a
# node, no longer at all, also over a connection that is open already. The other lines stay as they are.
set -e
umask 077
repository=$(cd "$1" && pwd -P)
file=${AUTHORIZED_KEYS:-$HOME/.ssh/authorized_keys}
mkdir -p "$(dirname "$file")"
touch "$file"
blob=$4
print=$5
nodes=$repository/steward/nodes
mkdir -p "$nodes"
for known in "$nodes"/*; do
  [ -f "$known" ] && [ "$(cat "$known")" = "$print" ] || continue
  rm -f "$known"
  # Whoever still waits under this key is sent away.
  pipe=$repository/steward/wait/${known##*/}
  [ -z "$2" ] && [ -p "$pipe" ] && (printf 'bye\n' 1<>"$pipe") 2>/dev/null
done
grep -vF " $blob" "$file" >"$file.steward" || true
if [ -n "$2" ]; then
  # A last line without an end would swallow ours.
  [ -z "$(tail -c 1 "$file.steward")" ] || echo >>"$file.steward"
  printf 'restrict,command="'"'%s'"' %s %s" %s %s steward-%s\n' "$repository/steward/gate" "$2" "$print" "$3" "$blob" "$2" >>"$file.steward"
  printf '%s' "$print" >"$nodes/$2"
fi
chmod 600 "$file.steward"
mv -f "$file.steward" "$file"
