#!/bin/sh
# Lets a key do what the gate of a repository lets it, and nothing else: allow REPOSITORY NODE TYPE BLOB; without a node, no
# longer at all. The other lines stay as they are.
set -e
umask 077
repository=$(cd "$1" && pwd -P)
file=${AUTHORIZED_KEYS:-$HOME/.ssh/authorized_keys}
mkdir -p "$(dirname "$file")"
touch "$file"
blob=$4
grep -vF " $blob" "$file" >"$file.steward" || true
if [ -n "$2" ]; then
  # A last line without an end would swallow ours.
  [ -z "$(tail -c 1 "$file.steward")" ] || echo >>"$file.steward"
  printf 'restrict,command="'"'%s'"' %s" %s %s steward-%s\n' "$repository/steward/gate" "$2" "$3" "$blob" "$2" >>"$file.steward"
fi
chmod 600 "$file.steward"
mv -f "$file.steward" "$file"
